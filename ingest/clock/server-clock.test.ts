import { beforeEach, describe, expect, it } from 'vitest'
import { dayMs, minuteMs } from '../../lib/time.ts'
import { ServerClock } from './server-clock.ts'

const releasedAt = Date.UTC(2026, 10, 29)
const today = Date.UTC(2027, 2, 1)

describe('the clock of the server', () => {
  let now: number
  let monotonic: number
  let clock: ServerClock

  const pass = (ms: number) => {
    now += ms
    monotonic += ms
  }
  beforeEach(() => {
    now = today
    monotonic = 0
    clock = new ServerClock({
      now: () => now,
      monotonicNow: () => monotonic,
      releasedAt,
      maxClockAheadMs: 10 * minuteMs,
    })
  })

  it('is not believed before the release, whatever devices and journal say', () => {
    for (const time of [0, Date.UTC(2000, 0, 1), releasedAt - 1]) {
      now = time
      clock.observe('d', time)
      expect(clock.doubt()?.is).toBe('before_release')
    }
    expect(clock.doubt()?.detail).toBe(
      'the clock of this machine says 2026-11-28T23:59:59.999Z, which is before the release of this program (2026-11-29T00:00:00.000Z)',
    )
    now = releasedAt
    expect(clock.doubt()).toBeUndefined()
  })

  it('is not believed behind the journal while most devices contradict it', () => {
    clock.addReading(today, today)
    now = today - dayMs
    expect(clock.doubt()).toBeUndefined()
    expect(clock.wantsTime).toBe(true)
    clock.observe('a', today)
    expect(clock.doubt()?.detail).toBe(
      'the clock of this machine says 2027-02-28T00:00:00.000Z, but the journal has an entry of 2027-03-01T00:00:00.000Z, and by the clocks of devices it is at least 2027-03-01T00:00:00.000Z',
    )
    clock.observe('b', now)
    expect(clock.doubt()).toBeUndefined()
    clock.observe('c', today)
    expect(clock.doubt()?.is).toBe('behind_journal')
  })

  it('is believed at once when it is set right, without another message', () => {
    clock.addReading(today, today)
    now = today - dayMs
    clock.observe('a', today)
    expect(clock.doubt()).toBeDefined()
    monotonic += minuteMs
    now = today + minuteMs
    expect(clock.doubt()).toBeUndefined()
  })

  it('is believed behind a journal from the future that devices do not confirm', () => {
    clock.addEntry(today + 40 * dayMs)
    clock.addReading(today + 40 * dayMs, today)
    clock.observe('a', today)
    expect(clock.doubt()).toBeUndefined()
    clock.observe('ahead', today + 3 * dayMs)
    expect(clock.doubt()).toBeUndefined()
    clock.addReading(today, today - minuteMs)
    clock.observe('a', today + dayMs)
    expect([clock.doubt(), clock.wantsTime]).toEqual([undefined, false])
  })

  it('forgets what devices said', () => {
    clock.addReading(today, today)
    now = today - dayMs
    clock.observe('a', today)
    pass(11 * minuteMs)
    expect(clock.doubt()).toBeUndefined()
  })

  it('deletes by its own time, but at most by a day after the newest reading', () => {
    expect(clock.retentionNow()).toBe(today)
    clock.addReading(today, today - 60 * dayMs)
    expect(clock.retentionNow()).toBe(today - 59 * dayMs)
    clock.addReading(today, today)
    expect(clock.retentionNow()).toBe(today)
    now = today + 40 * dayMs
    expect(clock.retentionNow()).toBe(today + dayMs)
  })
})
