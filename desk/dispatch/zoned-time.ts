import { minuteMs } from '../../lib/time.ts'

/** A day in some time zone: year, month (1 to 12), day of the month. */
export interface ZonedDay {
  year: number
  month: number
  day: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timeZone, made)
  return made
}

/** What a clock in the zone shows, as if it were UTC, ms. */
function wallClockMs(at: number, timeZone: string): number {
  const part = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** The day that it is in the zone. @param at ms since 1970 UTC */
export function zonedDay(at: number, timeZone: string): ZonedDay {
  const wall = new Date(wallClockMs(at, timeZone))
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() }
}

export function dayAfter({ year, month, day }: ZonedDay): ZonedDay {
  const next = new Date(Date.UTC(year, month - 1, day + 1))
  return { year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() }
}

/** 1 is Monday, as in ISO 8601. */
export function isoWeekday({ year, month, day }: ZonedDay): number {
  return ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7) + 1
}

/**
 * When a clock in the zone shows this time of this day, ms since 1970 UTC. A time that summer time leaves out is as much
 * later as was left out; of one that comes twice it is the first.
 * @param time `08:30`
 */
export function zonedTimeToUtcMs({ year, month, day }: ZonedDay, time: string, timeZone: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const wanted = Date.UTC(year, month - 1, day, hour, minute)
  // The offset a day earlier is the one before any change that day: it gives the first of two, and skips forward.
  const before = wallClockMs(wanted - 24 * 60 * minuteMs, timeZone) - (wanted - 24 * 60 * minuteMs)
  const guess = wanted - before
  if (wallClockMs(guess, timeZone) === wanted) return guess
  const after = wallClockMs(wanted + 24 * 60 * minuteMs, timeZone) - (wanted + 24 * 60 * minuteMs)
  const other = wanted - after
  return wallClockMs(other, timeZone) === wanted ? other : guess
}
