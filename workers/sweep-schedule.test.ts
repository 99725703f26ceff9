import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SweepSchedule } from './sweep-schedule.ts'

describe('the schedule of sweeps', () => {
  let monotonic: number
  let completed: number
  let requests: number
  let errors: string[]
  let fail: Error | undefined
  const schedules: SweepSchedule[] = []

  function start(): SweepSchedule {
    const schedule = new SweepSchedule({
      everyMs: 30_000,
      monotonicNow: () => monotonic,
      countCompleted: async () => {
        if (fail !== undefined) throw fail
        return completed
      },
      requestSweep: async () => void requests++,
      beforeCheck: async () => {},
      onError: ({ message }) => errors.push(message),
    })
    schedules.push(schedule)
    return schedule
  }

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 2_000) {
      monotonic += 2_000
      await vi.advanceTimersByTimeAsync(2_000)
    }
  }

  beforeEach(() => {
    vi.useFakeTimers()
    monotonic = 1_000_000
    completed = 0
    requests = 0
    errors = []
    fail = undefined
  })
  afterEach(async () => {
    await Promise.all(schedules.splice(0).map((one) => one.stop()))
    vi.useRealTimers()
  })

  it('requests the first sweep at once, and one at each interval', async () => {
    start()
    await pass(2_000)
    expect(requests).toBe(1)
    for (let sweeps = 2; sweeps < 10; sweeps++) {
      completed += 1
      await pass(30_000)
      expect(requests).toBe(sweeps)
    }
  })

  it('is not moved by a clock that is set', async () => {
    start()
    await pass(2_000)
    for (const year of [2099, 2000, 2026]) {
      vi.setSystemTime(Date.UTC(year, 0, 1))
      const before = requests
      await pass(60_000)
      expect(requests).toBe(before + 2)
    }
  })

  it('requests again what the queue has lost, and tells how long no sweep was completed', async () => {
    const schedule = start()
    await pass(122_000)
    expect(requests).toBe(5)
    expect(schedule.status()).toEqual({ everyMs: 30_000, sinceCompletedMs: 122_000, completed: 0 })
    completed = 1
    await pass(2_000)
    expect(schedule.status()).toEqual({ everyMs: 30_000, sinceCompletedMs: 0, completed: 1 })
  })

  it('requests none while other processes do', async () => {
    start()
    await pass(2_000)
    completed = 1
    for (let at = 0; at < 10; at++) {
      await pass(20_000)
      completed += 1
    }
    expect(requests).toBe(1)
  })

  it('goes on after the records were unavailable', async () => {
    start()
    fail = new Error('away')
    await pass(40_000)
    expect(errors.length).toBeGreaterThan(10)
    fail = undefined
    await pass(2_000)
    expect(requests).toBe(1)
  })
})
