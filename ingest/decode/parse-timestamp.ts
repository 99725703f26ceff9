import { dayMs } from '../../lib/time.ts'
import type { IngestLimits } from './ingest-limits.ts'
import { type Rejection, valueExcerpt } from './rejection.ts'

export interface TimestampContext {
  /** ms since 1970 UTC, by the server's clock. */
  now: number
  limits: Pick<IngestLimits, 'oldestTs' | 'maxClockAheadMs'>
  /** How long after a clock's default a time is none, ms. Default: a year. */
  clockDefaultMs?: number
}

/** Smaller numbers are a time since boot, ms: ten years. */
const longestUptimeMs = 3_652 * dayMs

/** Upper bound of a number that is taken for a time in another unit, ms. */
const latestPlausibleMs = Date.UTC(2050, 0, 1)

/** Times at which clocks start after they lost power: Unix, FAT and GPS (six days later), and the usual real-time clock chips. */
const clockDefaults = [Date.UTC(1970, 0, 1), Date.UTC(1980, 0, 1), Date.UTC(2000, 0, 1)]
/** Nothing was measured in the years that begin there. */
const yearMs = 366 * dayMs

/**
 * Parse a point in time that a device reports: ms since 1970 UTC as a number or as text of digits, or an ISO 8601 time with
 * a zone. Fractions of a millisecond are rounded.
 * @param field name for messages
 * @returns ms since 1970 UTC, or why it is no valid time
 */
export function parseTimestamp(field: string, value: unknown, context: TimestampContext): number | Rejection {
  if (typeof value === 'number') return checkNumber(field, value, context)
  if (typeof value !== 'string') return wrongType(field, value, context)
  const text = value.trim()
  if (/^[+-]?\d+(?:\.\d+)?$/.test(text)) return checkNumber(field, Number(text), context)
  const parsed = parseIsoTime(text)
  switch (parsed.is) {
    case 'time':
      return checkDate(field, parsed.ms, context)
    case 'without_zone': {
      const fix = 'add Z for UTC or an offset such as +01:00'
      return { reason: 'ts_without_zone', detail: `${field} is "${text}", a time without a zone; ${fix}` }
    }
    case 'no_time':
      return wrongType(field, value, context)
  }
}

function wrongType(field: string, value: unknown, { now }: TimestampContext): Rejection {
  const allowed = `milliseconds since 1970 UTC such as ${now}, or a time with a zone such as ${iso(now)}`
  return { reason: 'wrong_type', detail: `${field} is ${valueExcerpt(value)}; it must be ${allowed}` }
}

function checkNumber(field: string, value: number, context: TimestampContext): number | Rejection {
  if (!Number.isFinite(value)) return { reason: 'not_finite', detail: `${field} is ${value}` }
  const ms = Math.round(value)
  return checkUnit(field, ms, context) ?? checkDate(field, ms, context)
}

/** Recognise a number in another unit, or since another moment. */
function checkUnit(field: string, ms: number, { limits }: TimestampContext): Rejection | undefined {
  const inUnit = (unit: 'seconds' | 'microseconds' | 'nanoseconds', meantMs: number): Rejection => {
    const meant = `${iso(meantMs)} in ${unit}; milliseconds are expected`
    return { reason: `ts_in_${unit}`, detail: `${field} is ${ms}, which would be ${meant}` }
  }
  const isPlausible = (meantMs: number) => meantMs >= limits.oldestTs && meantMs <= latestPlausibleMs
  if (ms > latestPlausibleMs) {
    if (isPlausible(ms / 1e3)) return inUnit('microseconds', ms / 1e3)
    if (isPlausible(ms / 1e6)) return inUnit('nanoseconds', ms / 1e6)
    return undefined
  }
  if (ms <= 0 || ms >= longestUptimeMs) return undefined
  if (isPlausible(ms * 1e3)) return inUnit('seconds', ms * 1e3)
  const meant = 'the time since the device started, or a clock that was never set; the time since 1970 UTC'
  return { reason: 'ts_is_uptime', detail: `${field} is ${ms}, which looks like ${meant} is expected` }
}

function checkDate(field: string, ms: number, context: TimestampContext): number | Rejection {
  const { now, limits, clockDefaultMs = yearMs } = context
  const newest = now + limits.maxClockAheadMs
  if (ms > newest) {
    return {
      reason: 'ts_future',
      detail: `${field} is ${ms}; at most ${newest} (${iso(newest)}) is allowed now`,
    }
  }
  if (clockDefaults.some((from) => ms >= from && ms < from + clockDefaultMs)) {
    const cause = 'the time at which clocks start after a loss of power; set the clock of the device'
    return { reason: 'ts_clock_default', detail: `${field} is ${ms} (${iso(ms)}), ${cause}` }
  }
  if (ms >= limits.oldestTs) return ms
  const oldest = `${limits.oldestTs} (${iso(limits.oldestTs)})`
  return {
    reason: 'ts_ancient',
    detail: `${field} is ${ms}; the oldest allowed by ingest.oldest is ${oldest}`,
  }
}

/**
 * Parse the first use of a device. People know the year of an old appliance, so only the very day of a clock's default is
 * none.
 */
export function parseInUseSince(value: unknown, { now, limits }: TimestampContext): number | Rejection {
  return parseTimestamp('inUseSince', value, { now, limits, clockDefaultMs: dayMs })
}

type IsoTime = { is: 'time'; ms: number } | { is: 'without_zone' } | { is: 'no_time' }

const isoPattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:([Zz])|([+-])(\d\d):?(\d\d)?)?)?$/

/** Parse an ISO 8601 time. `Date.parse` is not strict enough: it takes 30 February for 2 March. */
function parseIsoTime(text: string): IsoTime {
  const match = isoPattern.exec(text)
  if (match === null) return { is: 'no_time' }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(toNumber)
  const [fraction = '', utc, sign, offsetHour = '0', offsetMinute = '0'] = match.slice(7)
  const midnight = Date.UTC(year, month - 1, day)
  const isDate = new Date(midnight).getUTCMonth() === month - 1 && new Date(midnight).getUTCDate() === day
  // Second 60 is a leap second.
  const isTime =
    hour < 24 && minute < 60 && second <= 60 && Number(offsetHour) < 24 && Number(offsetMinute) < 60
  if (!isDate || !isTime) return { is: 'no_time' }
  if (utc === undefined && sign === undefined) return { is: 'without_zone' }
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHour) * 60 + Number(offsetMinute))
  const ms = Math.round(Number(`0.${fraction || '0'}`) * 1_000)
  return { is: 'time', ms: midnight + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + ms }
}

const toNumber = (digits: string | undefined): number => Number(digits ?? 0)

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
