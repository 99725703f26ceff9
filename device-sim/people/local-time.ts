import { dayMs, minuteMs } from '../../lib/time.ts'

/** What a clock on a wall shows. */
export interface LocalTime {
  /** 1 is Monday. */
  isoDay: number
  /** 0 up to 24. */
  hour: number
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const formats = new Map<string, Intl.DateTimeFormat>()

/** The time of day and of the week at a place. */
export function localTimeAt(timeZone: string, at: number): LocalTime {
  const parts = new Map(
    dateFormatFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const hour = Number(parts.get('hour')) + Number(parts.get('minute')) / 60
  return { isoDay: weekdays.indexOf(parts.get('weekday') ?? '') + 1, hour }
}

/** `08:30` as hours: 8.5. */
export function parseTimeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours + minutes / 60
}

/** Whether an hour lies within a span of the day, which may go over midnight; equal ends hold nothing. */
export function isWithinHours(hour: number, from: number, until: number): boolean {
  if (from === until) return false
  return from < until ? hour >= from && hour < until : hour >= from || hour < until
}

/**
 * The first moment from `at` on for which it holds, looked at every quarter of an hour, as people look at clocks.
 * @returns undefined when it does not within a fortnight
 */
export function findNextTime(
  timeZone: string,
  at: number,
  predicate: (clock: LocalTime) => boolean,
): number | undefined {
  if (predicate(localTimeAt(timeZone, at))) return at
  const quarter = 15 * minuteMs
  for (let moment = Math.ceil((at + 1) / quarter) * quarter; moment < at + 14 * dayMs; moment += quarter) {
    if (predicate(localTimeAt(timeZone, moment))) return moment
  }
  return undefined
}

function dateFormatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', {
      timeZone,
      weekday: 'short',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  return format
}
