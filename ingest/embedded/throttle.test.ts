import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Throttle } from './throttle.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

function flood(messages: number): { throttle: Throttle; through: number[] } {
  const throttle = new Throttle({ perSecond: 10, burst: 5 }, Date.now)
  const through: number[] = []
  for (let i = 0; i < messages; i++) throttle.schedule(() => through.push(i))
  return { throttle, through }
}

test('lets a flood through at its rate, all of it and in order', () => {
  const { through } = flood(25)
  expect(through.length).toBe(5)
  vi.advanceTimersByTime(1_000)
  expect(through.length).toBe(15)
  vi.advanceTimersByTime(1_000)
  expect(through).toEqual(Array.from({ length: 25 }, (_, i) => i))
})

test('lets nothing overtake what waits', () => {
  const { throttle, through } = flood(7)
  vi.setSystemTime(10_000)
  throttle.schedule(() => through.push(7))
  expect(through.length).toBe(5)
  vi.advanceTimersByTime(1_000)
  expect(through).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('forgets what waits of a client that is gone', () => {
  const { throttle, through } = flood(7)
  throttle.clear()
  vi.advanceTimersByTime(10_000)
  expect(through.length).toBe(5)
  expect(vi.getTimerCount()).toBe(0)
})
