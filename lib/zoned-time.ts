import { dayMs, minuteMs } from './time.ts'

/** A calendar day: year, month (1 to 12), day of the month. */
export interface ZonedDay {
  year: number
  month: number
  day: number
}

/** Day of the week and time of day that a clock on a wall shows. */
export interface LocalTime {
  /** 1 (Monday) to 7, as in ISO 8601. */
  isoDay: number
  /** Hours since 00:00 on the clock, to the minute: 8.5 at 08:30. At least 0, below 24. */
  hour: number
}

/** Hours of the day, `HH:MM`, `until` excluded. `22:00` to `07:00` contains midnight; equal ends contain nothing. */
export interface DailyHours {
  from: string
  until: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * Return the formatter of a locale and these options. Each is created once: creating one takes some 50 µs.
 * @throws RangeError for an unknown time zone or locale
 */
export function dateTimeFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`
  let format = formats.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options)
    formats.set(key, format)
  }
  return format
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    clocks.set(timeZone, clock)
  }
  return clock
}

/** Return the reading of a clock in the zone as if it were UTC, ms, rounded down to the second. */
function wallClockMs(at: number, timeZone: string): number {
  const part = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** Return wall clock time minus UTC, ms: 2 h in Berlin in summer. */
function utcOffsetMs(at: number, timeZone: string): number {
  return wallClockMs(at, timeZone) - Math.floor(at / 1_000) * 1_000
}

function dayOf(wallMs: number): ZonedDay {
  const wall = new Date(wallMs)
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() }
}

/**
 * Return the calendar day in the zone.
 * @param at ms since 1970 UTC
 * @param timeZone IANA name
 * @throws RangeError for an unknown time zone
 */
export function zonedDay(at: number, timeZone: string): ZonedDay {
  return dayOf(wallClockMs(at, timeZone))
}

/**
 * Return the day of the week and the time of day in the zone.
 * @param at ms since 1970 UTC
 * @param timeZone IANA name
 */
export function localTimeAt(at: number, timeZone: string): LocalTime {
  const wall = wallClockMs(at, timeZone)
  const minutes = Math.floor(msOfDay(wall) / minuteMs)
  return { isoDay: isoWeekday(dayOf(wall)), hour: Math.floor(minutes / 60) + (minutes % 60) / 60 }
}

export function dayAfter({ year, month, day }: ZonedDay): ZonedDay {
  return dayOf(Date.UTC(year, month - 1, day + 1))
}

/** Return the day of the week, 1 (Monday) to 7, as in ISO 8601. */
export function isoWeekday({ year, month, day }: ZonedDay): number {
  return ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7) + 1
}

/** Return `08:30` in hours: 8.5. */
export function parseTimeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours + minutes / 60
}

/** Tell whether an hour lies within hours of the day, which may contain midnight; equal ends contain nothing. */
export function isWithinHours(hour: number, from: number, until: number): boolean {
  if (from === until) return false
  return from < until ? hour >= from && hour < until : hour >= from || hour < until
}

/**
 * Return the instant at which a clock in the zone shows this time of this day, ms since 1970 UTC. A time that the clock
 * skips (summer time begins) is as much later as was skipped: 02:30 becomes 03:30. Of a time that it shows twice
 * (summer time ends) the result is the first.
 * @param time `08:30`
 */
export function zonedTimeToUtcMs({ year, month, day }: ZonedDay, time: string, timeZone: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const wanted = Date.UTC(year, month - 1, day, hour, minute)
  // The offset a day earlier is the one before any change that day: it gives the first of two, and skips forward.
  const early = wanted - utcOffsetMs(wanted - dayMs, timeZone)
  if (wallClockMs(early, timeZone) === wanted) return early
  const late = wanted - utcOffsetMs(wanted + dayMs, timeZone)
  return wallClockMs(late, timeZone) === wanted ? late : early
}

/**
 * Return when daily hours end that contain this instant. The clock on the wall decides: hours end early where the clock
 * skips their end or is put back to a time before they began, and begin again when it shows them again.
 * @param at ms since 1970 UTC
 * @param timeZone IANA name
 * @returns ms since 1970 UTC; undefined when they do not contain it
 */
export function dailyHoursEnd({ from, until }: DailyHours, at: number, timeZone: string): number | undefined {
  if (!isWithinHours(localTimeAt(at, timeZone).hour, parseTimeOfDay(from), parseTimeOfDay(until))) {
    return undefined
  }
  const left = Math.round(parseTimeOfDay(until) * 60) * minuteMs - msOfDay(at + utcOffsetMs(at, timeZone))
  const end = at + (left > 0 ? left : left + dayMs)
  const change = offsetChangeBetween(at, end, timeZone)
  if (change === undefined) return end
  return dailyHoursEnd({ from, until }, change, timeZone) ?? change
}

/**
 * Return the first second with another UTC offset, undefined where there is none. Two changes that cancel each other
 * within a day would be missed; the IANA database has none.
 */
function offsetChangeBetween(from: number, until: number, timeZone: string): number | undefined {
  const offset = utcOffsetMs(from, timeZone)
  if (utcOffsetMs(until, timeZone) === offset) return undefined
  let [before, after] = [Math.floor(from / 1_000), Math.ceil(until / 1_000)]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (utcOffsetMs(middle * 1_000, timeZone) === offset) before = middle
    else after = middle
  }
  return after * 1_000
}

function msOfDay(wallMs: number): number {
  return ((wallMs % dayMs) + dayMs) % dayMs
}
