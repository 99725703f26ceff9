import { expect, test } from 'vitest'
import { RejectionThrottle } from './rejection-throttle.ts'

test('a client waits longer the more of its messages are rejected, and others do not', () => {
  let now = 0
  const throttle = new RejectionThrottle({ perSecond: 10, burst: 3 }, () => now)
  const waits = [1, 2, 3, 4, 5].map(() => throttle.delayMs('a', 100))
  expect(waits).toEqual([0, 0, 0, 100, 200])
  expect(throttle.delayMs('b', 100)).toBe(0)
  now = 1_000
  expect(throttle.delayMs('a', 100)).toBe(0)
  expect(throttle.delayMs('a', 8 * 1_024)).toBe(600)
  expect(throttle.delayMs('a', 1e9)).toBe(5_000)
})

test('a flood of one moment delays the client for a few seconds, not for ever', () => {
  let now = 0
  const throttle = new RejectionThrottle({ perSecond: 10, burst: 3 }, () => now)
  for (let n = 0; n < 100_000; n++) throttle.delayMs('a', 1)
  now = 6_000
  expect(throttle.delayMs('a', 1)).toBe(0)
})
