import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMs, hourMs, minuteMs } from './time.ts'
import {
  dailyHoursEnd,
  dateTimeFormat,
  dayAfter,
  isoWeekday,
  localTimeAt,
  zonedDay,
  zonedTimeToUtcMs,
} from './zoned-time.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Shanghai',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
]
const zone = fc.constantFrom(...zones)
const day = fc.integer({ min: 0, max: 20_000 }).map((days) => {
  const date = new Date(days * dayMs)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
})
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
const clockFormat = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const shown = (at: number, timeZone: string) =>
  dateTimeFormat('en-GB', { ...clockFormat, timeZone }).format(at)

describe('from the wall clock to the instant', () => {
  it('finds the instant at which a clock shows a time, where there is one', () => {
    fc.assert(
      fc.property(day, clock, zone, (given, time, timeZone) => {
        const at = zonedTimeToUtcMs(given, time, timeZone)
        const isShown = shown(at, timeZone) === time
        // A skipped time is shown as much later: an hour, half of one on Lord Howe Island, two in St. John's in 1988.
        const later = [30, 60, 120].map((minutes) => shown(at - minutes * minuteMs, timeZone))
        if (!isShown) expect(later).not.toContain(time)
        else if (!isApiaSkip(given, timeZone)) expect(zonedDay(at, timeZone)).toEqual(given)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['Europe/Berlin', [2026, 3, 29], '02:30', '2026-03-29T01:30Z', '03:30'],
    ['America/St_Johns', [2026, 3, 8], '02:30', '2026-03-08T06:00Z', '03:30'],
    ['Australia/Lord_Howe', [2026, 10, 4], '02:15', '2026-10-03T15:45Z', '02:45'],
    ['Pacific/Apia', [2011, 12, 30], '12:00', '2011-12-30T22:00Z', '12:00'],
  ])(
    '%s: a skipped time is as much later as was skipped',
    (timeZone, [year = 0, month = 0, date = 0], time, instant, wall) => {
      const at = zonedTimeToUtcMs({ year, month, day: date }, time, timeZone)
      expect(new Date(at)).toEqual(new Date(instant))
      expect(shown(at, timeZone)).toBe(wall)
    },
  )

  it.each([
    ['Europe/Berlin', [2026, 10, 25], '02:30', '2026-10-25T00:30Z'],
    ['America/St_Johns', [2026, 11, 1], '01:30', '2026-11-01T04:00Z'],
    ['Australia/Lord_Howe', [2026, 4, 5], '01:45', '2026-04-04T14:45Z'],
    ['Asia/Kolkata', [2026, 10, 25], '02:30', '2026-10-24T21:00Z'],
    ['Pacific/Apia', [2011, 12, 31], '00:00', '2011-12-30T10:00Z'],
  ])(
    '%s: a time that is shown twice is the first, any other the only one',
    (timeZone, [year = 0, month = 0, date = 0], time, instant) => {
      expect(new Date(zonedTimeToUtcMs({ year, month, day: date }, time, timeZone))).toEqual(
        new Date(instant),
      )
    },
  )
})

describe('from the instant to the wall clock', () => {
  it('agrees with Intl in each zone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), zone, (seconds, timeZone) => {
        const at = seconds * 1_000
        const { isoDay, hour } = localTimeAt(at, timeZone)
        const [hours, minutes] = [Math.floor(hour), Math.round((hour % 1) * 60)]
        expect(`${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`).toBe(
          shown(at, timeZone),
        )
        const weekday = dateTimeFormat('en', { timeZone, weekday: 'short' }).format(at)
        expect(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][isoDay - 1]).toBe(weekday)
      }),
    )
  })

  it('knows the days of the week and the day after', () => {
    expect(isoWeekday({ year: 2026, month: 6, day: 1 })).toBe(1)
    expect(isoWeekday({ year: 2026, month: 6, day: 7 })).toBe(7)
    expect(dayAfter({ year: 2027, month: 12, day: 31 })).toEqual({ year: 2028, month: 1, day: 1 })
  })

  it('rejects an unknown time zone', () => {
    expect(() => zonedDay(0, 'Mars/Olympus')).toThrow(RangeError)
  })
})

describe('the end of daily hours', () => {
  const night = { from: '22:00', until: '07:00' }

  it.each([
    ['in a normal night', 'Europe/Berlin', night, '2026-06-01T22:30:20Z', '2026-06-02T05:00Z'],
    ['in the night without 02:30', 'Europe/Berlin', night, '2026-03-28T22:00Z', '2026-03-29T05:00Z'],
    ['in the night with two 02:30', 'Europe/Berlin', night, '2026-10-24T21:00Z', '2026-10-25T06:00Z'],
    [
      'at a skipped end',
      'Europe/Berlin',
      { from: '22:00', until: '02:30' },
      '2026-03-28T22:00Z',
      '2026-03-29T01:00Z',
    ],
    [
      'at the first of two ends',
      'Europe/Berlin',
      { from: '22:00', until: '02:30' },
      '2026-10-24T22:00Z',
      '2026-10-25T00:30Z',
    ],
    [
      'at the second, once past the first',
      'Europe/Berlin',
      { from: '22:00', until: '02:30' },
      '2026-10-25T01:10Z',
      '2026-10-25T01:30Z',
    ],
    [
      'where the clock goes back to before them',
      'Europe/Berlin',
      { from: '02:30', until: '07:00' },
      '2026-10-25T00:40Z',
      '2026-10-25T01:00Z',
    ],
    [
      'half an hour of summer time',
      'Australia/Lord_Howe',
      { from: '22:00', until: '02:15' },
      '2026-10-03T15:00Z',
      '2026-10-03T15:30Z',
    ],
    [
      'no summer time, half an hour of offset',
      'Asia/Kolkata',
      night,
      '2026-06-01T17:00Z',
      '2026-06-02T01:30Z',
    ],
    ['over a day that does not exist', 'Pacific/Apia', night, '2011-12-30T09:00Z', '2011-12-30T17:00Z'],
  ])('%s', (_, timeZone, hours, at, end) => {
    expect(new Date(dailyHoursEnd(hours, Date.parse(at), timeZone) ?? 0)).toEqual(new Date(end))
  })

  it('is where a clock that is read every minute leaves them', () => {
    const instant = fc
      .integer({ min: 20_440 * 1_440, max: 20_810 * 1_440 })
      .map((minutes) => minutes * minuteMs)
    const nearChange = fc
      .tuple(
        fc.constantFrom(
          '2026-03-29T01:00Z',
          '2026-10-25T01:00Z',
          '2026-03-08T05:30Z',
          '2026-11-01T04:30Z',
          '2026-10-03T15:30Z',
          '2026-04-04T15:00Z',
        ),
        fc.integer({ min: -180, max: 180 }),
      )
      .map(([change, minutes]) => Date.parse(change) + minutes * minuteMs)
    fc.assert(
      fc.property(fc.oneof(instant, nearChange), clock, clock, zone, (at, from, until, timeZone) => {
        const isQuiet = (ms: number) => {
          const wall = shown(ms, timeZone)
          return from <= until ? from <= wall && wall < until : from <= wall || wall < until
        }
        let end = at
        while (isQuiet(end)) end += minuteMs
        expect(dailyHoursEnd({ from, until }, at, timeZone)).toBe(end === at ? undefined : end)
      }),
      { numRuns: 300 },
    )
  })

  it('has none outside of them, and none of equal ends', () => {
    const noon = Date.UTC(2026, 5, 1, 12)
    expect(dailyHoursEnd(night, noon, 'UTC')).toBeUndefined()
    expect(dailyHoursEnd({ from: '12:00', until: '12:00' }, noon, 'UTC')).toBeUndefined()
    expect(dailyHoursEnd(night, noon + 10 * hourMs, 'UTC')).toBe(noon + 19 * hourMs)
  })
})

/** Samoa moved over the date line: it had no 30 December 2011. */
function isApiaSkip(
  { year, month, day: date }: { year: number; month: number; day: number },
  timeZone: string,
) {
  return timeZone === 'Pacific/Apia' && year === 2011 && month === 12 && date === 30
}
