import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isoWeekday, zonedDay, zonedTimeToUtcMs } from './zoned-time.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Shanghai',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
]
const day = fc.integer({ min: 0, max: 20_000 }).map((days) => {
  const date = new Date(days * 86_400_000)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
})
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
const shown = (at: number, timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)

it('finds the moment at which a clock shows a time, where there is one', () => {
  fc.assert(
    fc.property(day, clock, fc.constantFrom(...zones), (given, time, zone) => {
      const at = zonedTimeToUtcMs(given, time, zone)
      // What summer time leaves out is shown as much later: an hour, or half of one on Lord Howe Island.
      if (shown(at, zone) !== time) {
        const later = [30, 60].map((minutes) => shown(at - minutes * 60_000, zone))
        expect(later).not.toContain(time)
        return
      }
      expect(zonedDay(at, zone)).toEqual(given)
    }),
    { numRuns: 2_000 },
  )
})

it('takes the first of two, and skips what is left out', () => {
  const autumn = { year: 2026, month: 10, day: 25 }
  expect(zonedTimeToUtcMs(autumn, '02:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 25, 0, 30))
  const spring = { year: 2026, month: 3, day: 29 }
  expect(zonedTimeToUtcMs(spring, '02:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1, 30))
})

it('knows the days of the week', () => {
  expect(isoWeekday({ year: 2026, month: 6, day: 1 })).toBe(1)
  expect(isoWeekday({ year: 2026, month: 6, day: 7 })).toBe(7)
})
