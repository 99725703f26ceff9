import { expect, test } from 'vitest'
import { addToLooks, createLooks, type LooksState } from './looks.ts'

const metrics = ['a', 'b']

function added(
  readings: readonly [ts: number, a?: number, b?: number][],
  state = createLooks(10),
): LooksState {
  for (const [ts, a, b] of readings)
    addToLooks(
      state,
      { ts, values: { ...(a !== undefined && { a }), ...(b !== undefined && { b }) } },
      metrics,
    )
  return state
}

test('looks are means of periods, with the time of the last reading; the open period is not among them', () => {
  expect(
    added([
      [1, 1, 10],
      [5, 3, 20],
      [12, 4, 30],
      [25, 9, 9],
    ]).looks,
  ).toEqual([5, 2, 15, 12, 4, 30])
})

test('a missing value is the last one, and nothing is kept before each metric was seen', () => {
  expect(
    added([
      [1, 1],
      [11, 2, 5],
      [21, 4],
      [31, 0, 0],
    ]).looks,
  ).toEqual([11, 2, 5, 21, 4, 5])
})

test('a repeated or earlier reading changes nothing', () => {
  const state = added([
    [1, 1, 1],
    [12, 2, 2],
    [23, 3, 3],
  ])
  const before = structuredClone(state)
  expect(
    added(
      [
        [23, 9, 9],
        [12, 9, 9],
        [2, 9, 9],
      ],
      state,
    ),
  ).toEqual(before)
})

test('they are bounded in number: periods are doubled, and always span all readings', () => {
  const state = createLooks(1)
  for (let ts = 1; ts <= 1000; ts++) added([[ts, ts, 1]], state)
  const count = state.looks.length / 3
  expect(count).toBeLessThanOrEqual(64)
  expect(count).toBeGreaterThan(30)
  expect(state.periodMs).toBe(16)
  // A line stays one: each look has the mean of its period, of which its time is the end.
  expect(state.looks.slice(3, 6)).toEqual([31, 23.5, 1])
  expect(state.looks.slice(-3)[0]).toBeGreaterThan(1000 - 2 * 16)
})
