import { ExpectedError } from '../../lib/expected-error.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { dateTimeFormat } from '../../lib/zoned-time.ts'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'

/** A span of time, `until` excluded. */
export interface Period {
  from: Date
  until: Date
}

/** There is no such month, or no such time zone; the message says which. */
export class PeriodError extends ExpectedError {
  override readonly name = 'PeriodError'
}

/**
 * A month as the people of a time zone live it: from its first moment to the next month's. Where clocks are put forward
 * at midnight, its first moment is later than 00:00.
 * @param month `2026-06`
 * @param timeZone IANA name
 * @throws PeriodError
 */
export function monthPeriod(month: string, timeZone: string): Period {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? []
  if (year === undefined || number === undefined) {
    throw new PeriodError(`there is no month ${JSON.stringify(month)}; one is written as 2026-06`)
  }
  const place = Number(year) * 12 + Number(number) - 1
  const calendar = dateFormatterFor(timeZone)
  return { from: startOfMonth(place, calendar), until: startOfMonth(place + 1, calendar) }
}

/** The month that a moment lies in: `2026-06`. @throws PeriodError */
export function monthOf(at: Date, timeZone: string): string {
  return dateFormatterFor(timeZone)(at.getTime()).slice(0, 7)
}

/** So many months later: `2026-06` and -6 give `2025-12`. */
export function shiftMonth(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return formatMonth(year * 12 + number - 1 + count)
}

/** The days that a period touches, in order: `2026-06-01`. @throws PeriodError */
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

/** Which day it is at a moment. */
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
    throw new PeriodError(`there is no time zone ${JSON.stringify(timeZone)}; one is Europe/Berlin`)
  }
}

/** No zone is further from UTC. */
const maxUtcOffsetMs = 16 * hourMs

/** By halving: days follow each other everywhere, whatever the clocks do. */
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

/** So many of those that are counted. */
export interface HitCount {
  n: number
  hits: number
  /** Those that may still turn out otherwise. */
  unsettled?: number
}

export interface KpiPeriod extends Period {
  /** What has not happened by now is neither good nor bad yet. */
  now: Date
}

export interface KpiOptions extends KpiPeriod {
  /** Tell which findings came too late. */
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>
}
