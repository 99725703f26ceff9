import { expect, it } from 'vitest'
import { HeartbeatScheduler } from './heartbeat-scheduler.ts'

it('spreads the devices evenly over the interval, and skips missed times', () => {
  const beats = new HeartbeatScheduler(4, 1_000, 5_000)
  const times = Array.from({ length: 8 }, (_, i) => beats.dueDevices(5_000 + i * 250))
  expect(times).toEqual([[0], [1], [2], [3], [0], [1], [2], [3]])
  expect(beats.dueDevices(60_000)).toEqual([0, 1, 2, 3])
  expect(beats.dueDevices(60_100)).toEqual([])
})
