import { ExpectedError } from '../../lib/expected-error.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { dateTimeFormat } from '../../lib/zoned-time.ts'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'

/** A period of time, `until` excluded. */
export interface Period {
  from: Date
  until: Date
}

/** The month or the time zone does not exist; the message names it. */
export class PeriodError extends ExpectedError {
  override readonly name = 'PeriodError'
}

/**
 * Return a calendar month of a time zone, from its first moment to that of the next month. Where clocks are put forward at
 * midnight, the first moment is later than 00:00.
 * @param month `2026-06`
 * @param timeZone IANA name
 * @throws PeriodError for a month or time zone that does not exist
 */
export function monthPeriod(month: string, timeZone: string): Period {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? []
  if (year === undefined || number === undefined) {
    throw new PeriodError(`there is no month ${JSON.stringify(month)}; write it as 2026-06`)
  }
  const monthIndex = Number(year) * 12 + Number(number) - 1
  const dateAt = dateFormatterFor(timeZone)
  return { from: startOfMonth(monthIndex, dateAt), until: startOfMonth(monthIndex + 1, dateAt) }
}

/** Return the month of a time: `2026-06`. @throws PeriodError */
export function monthOf(at: Date, timeZone: string): string {
  return dateFormatterFor(timeZone)(at.getTime()).slice(0, 7)
}

/** Return the month `count` months later: `2026-06` and -6 give `2025-12`. */
export function shiftMonth(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return formatMonth(year * 12 + number - 1 + count)
}

/** Return the days that a period overlaps, in order: `2026-06-01`. @throws PeriodError */
export function daysInPeriod({ from, until }: Period, timeZone: string): string[] {
  const dateAt = dateFormatterFor(timeZone)
  const last = dateAt(until.getTime() - 1)
  const days: string[] = []
  for (let day = dateAt(from.getTime()); day <= last; day = dayAfter(day)) days.push(day)
  return days
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10)
}

/** Returns the date of a time, ms: `2026-06-01`. */
type DateFormatter = (ms: number) => string

function dateFormatterFor(timeZone: string): DateFormatter {
  try {
    const format = dateTimeFormat('en-CA', {
      timeZone,
      calendar: 'iso8601',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    })
    return (ms) => format.format(ms)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new PeriodError(
      `there is no time zone ${JSON.stringify(timeZone)}; write an IANA name such as Europe/Berlin`,
    )
  }
}

/** Upper bound of the distance of any time zone from UTC, ms. */
const maxUtcOffsetMs = 16 * hourMs

/** Find the first moment by bisection: dates never decrease, whatever the changes of the clock. */
function startOfMonth(monthIndex: number, dateAt: DateFormatter): Date {
  const first = `${formatMonth(monthIndex)}-01`
  const middle = Date.parse(`${first}T00:00:00Z`)
  let [before, after] = [middle - maxUtcOffsetMs, middle + maxUtcOffsetMs]
  while (after - before > 1_000) {
    const between = before + Math.floor((after - before) / 2_000) * 1_000
    if (dateAt(between) < first) before = between
    else after = between
  }
  return new Date(after)
}

function formatMonth(monthIndex: number): string {
  return `${String(Math.floor(monthIndex / 12)).padStart(4, '0')}-${String((monthIndex % 12) + 1).padStart(2, '0')}`
}

/** Hits among `n` counted cases. */
export interface HitCount {
  n: number
  hits: number
  /** Hits that may still turn into misses. */
  provisional?: number
}

export interface KpiPeriod extends Period {
  /** Present time: what is not due by now does not count yet. */
  now: Date
}

export interface KpiOptions extends KpiPeriod {
  /** Decide which findings indicate a failure. */
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>
}
