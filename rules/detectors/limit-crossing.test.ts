import { describe, expect, it } from 'vitest'
import { dayMs, hourMs } from '../../lib/time.ts'
import type { Point } from './bucketed-series.ts'
import { createLimit } from './limit.ts'
import {
  addToLimitCrossing,
  createLimitCrossing,
  type EarlierPath,
  isNewestOutOfLine,
  type LimitCrossing,
} from './limit-crossing.ts'

const options = {
  limit: createLimit({ below: 80 }),
  clearValue: 82,
  expectedIntervalMs: 6 * hourMs,
}
const noPath: () => EarlierPath = () => ({ points: [], slopePerDay: 0 })

function add(points: readonly Point[], path = noPath): LimitCrossing {
  const crossing = createLimitCrossing()
  for (const [ts, value] of points) addToLimitCrossing(crossing, ts, value, options, path)
  return crossing
}

const values = (count: number, value: number): number[] => Array.from({ length: count }, () => value)
const evenly = (intervalMs: number, ...values: number[]): Point[] =>
  values.map((value, index) => [index * intervalMs, value])

/** Number of the reading that confirms the crossing; undefined when none does. */
function confirmedBy(points: readonly Point[]): number | undefined {
  const states = points.map((_, index) => add(points.slice(0, index + 1)))
  const index = states.findIndex(({ crossedAt }) => crossedAt !== undefined)
  return index < 0 ? undefined : index + 1
}

describe('a crossed limit', () => {
  it.each([
    ['hourly', hourMs, 7],
    ['six-hourly', 6 * hourMs, 3],
    ['daily', dayMs, 3],
    ['weekly', 7 * dayMs, 2],
    ['monthly', 30 * dayMs, 2],
  ])('is confirmed by %s readings', (_rate, intervalMs, count) => {
    expect(confirmedBy(evenly(intervalMs, ...values(8, 76)))).toBe(count)
    expect(confirmedBy(evenly(intervalMs, 90, 90, ...values(8, 70)))).toBe(count + 2)
    expect(confirmedBy(evenly(intervalMs, 90, 90, 70, 90, 90, 90, 70, 90))).toBeUndefined()
  })

  it('counts from its first reading', () => {
    expect(add(evenly(dayMs, 90, 76, 76, 76, 76)).crossedAt).toBe(dayMs)
  })

  it('is confirmed by irregular readings, two of them far apart or three', () => {
    expect(
      confirmedBy([
        [0, 76],
        [hourMs, 76],
        [5 * dayMs, 76],
      ]),
    ).toBe(3)
    expect(
      confirmedBy([
        [0, 90],
        [dayMs, 76],
        [5 * dayMs, 76],
      ]),
    ).toBe(3)
  })

  it('is not confirmed by a passing state that is sampled often', () => {
    const minute = 60_000
    const dip = [
      ...evenly(dayMs, 90, 90),
      ...values(50, 70).map((value, n): Point => [2 * dayMs + n * minute, value]),
    ]
    expect(confirmedBy([...dip, [3 * dayMs, 90], [4 * dayMs, 70]])).toBeUndefined()
  })

  it('needs three readings where the metric was beyond it before and came back', () => {
    expect(confirmedBy(evenly(7 * dayMs, 90, 90, 90, 90, 70, 90, 90, 70, 70, 70))).toBe(10)
  })

  it('is not confirmed by readings within their noise', () => {
    expect(confirmedBy(evenly(dayMs, 81, 79.5, 82, 79.4, 79.9, 79.2))).toBeUndefined()
    expect(confirmedBy(evenly(dayMs, 81, 79.5, 82, 76.4, 74.9, 75.2))).toBe(6)
  })

  it('is not confirmed by readings within the error of their gauge over days', () => {
    const points = evenly(7 * dayMs, 82, 80.5, 81.5, 80, 81, 82).map(
      ([ts, value]): Point => [ts - 60 * dayMs, value],
    )
    const wandering = () => ({ points, slopePerDay: 0 })
    const stays = (value: number) => add(evenly(dayMs, value, value, value), wandering).crossedAt
    expect([stays(79), stays(76)]).toEqual([undefined, 0])
  })

  it('ends after as many readings on the good side of `clear`', () => {
    const crossed = evenly(dayMs, 76, 76, 76)
    const later = (...values: number[]) => values.map((value, n): Point => [(3 + n) * dayMs, value])
    expect(add([...crossed, ...later(83, 83)]).crossedAt).toBe(0)
    expect(add([...crossed, ...later(83, 81, 83)]).crossedAt).toBe(0)
    expect(add([...crossed, ...later(83, 83, 83)]).crossedAt).toBeUndefined()
  })

  it('does not depend on the order of arrival, nor on repeated readings', () => {
    const points = evenly(dayMs, 90, 90, 76, 76, 77)
    const inOrder = add(points)
    const [last, ...others] = [...points].reverse()
    expect(last && add([last, ...others])).toEqual(inOrder)
    expect(add([...points, [2 * dayMs, 76]])).toEqual(inOrder)
  })

  it('keeps a bounded number of readings', () => {
    const points = evenly(hourMs, ...Array.from({ length: 100 }, () => 90))
    expect(add(points).readings).toHaveLength(2 * 6)
    expect(add([...points, [0.5, 90]])).toEqual(add(points))
  })
})

describe('a reading out of line', () => {
  const isOutOfLine = (...values: number[]) => {
    const points = evenly(dayMs, ...values)
    const earlier = { points: points.slice(0, -1), slopePerDay: 0 }
    return isNewestOutOfLine(points.slice(-6).flat(), earlier, options.limit)
  }

  it('is worse than the ones before by more than noise and resolution', () => {
    expect(isOutOfLine(90, 90, 90, 81)).toBe(true)
    expect(isOutOfLine(90, 87, 90, 87, 84)).toBe(false)
    expect(isOutOfLine(83, 82, 82, 82, 82, 81)).toBe(false)
  })

  it('is none where the rate of wear explains it', () => {
    const yearly = evenly(120 * dayMs, 89, 84, 84, 83, 79)
    const isOutOfLine = (slopePerDay: number) =>
      isNewestOutOfLine(yearly.flat(), { points: [], slopePerDay }, options.limit)
    expect([isOutOfLine(0), isOutOfLine(-0.02)]).toEqual([true, false])
  })

  it('is never one that is better, close to the others, or among the first', () => {
    expect(isOutOfLine(81, 81, 81, 95)).toBe(false)
    expect(isOutOfLine(90, 90, 90, 88)).toBe(false)
    expect(isOutOfLine(90, 70)).toBe(false)
  })
})
