import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultIngestLimits } from './ingest-limits.ts'
import { parseInUseSince, parseTimestamp } from './parse-timestamp.ts'

const now = Date.UTC(2026, 10, 29, 12)
const parse = (value: unknown) => parseTimestamp('ts', value, { now, limits: defaultIngestLimits })

/** The time, or the reason. */
function outcome(value: unknown): number | string {
  const parsed = parse(value)
  return typeof parsed === 'number' ? parsed : parsed.reason
}

describe('a time', () => {
  test.each([
    ['a number', now, now],
    ['a fraction, as Python writes it', now + 0.4, now],
    ['text of digits', `${now}`, now],
    ['text with a fraction', ` ${now}.7`, now + 1],
    ['UTC', '2026-11-29T12:00:00Z', now],
    ['microseconds', '2026-11-29T12:00:00.123456Z', now + 123],
    ['an offset', '2026-11-29T13:30:00+01:30', now],
    ['a negative offset', '2026-11-29T07:00:00-0500', now],
    ['an offset of hours', '2026-11-29T13:00:00+01', now],
    ['a blank in place of T, no seconds', '2026-11-29 12:00z', now],
    ['a leap second', '2026-11-29T11:59:60Z', now],
    ['29 February', '2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('%s', (_what, value, expected) => {
    expect(outcome(value)).toBe(expected)
  })

  test('is the same as text of an ISO time and as a number', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2001, 0, 2), max: now }), (ts) => {
        expect([ts, `${ts}`, new Date(ts).toISOString()].map(outcome)).toEqual([ts, ts, ts])
      }),
    )
  })
})

describe('no time', () => {
  test.each([
    ['local time', '2026-11-29T12:00:00', 'ts_without_zone'],
    ['a date alone', '2026-11-29', 'ts_without_zone'],
    ['30 February', '2026-02-30T00:00:00Z', 'wrong_type'],
    ['month 13', '2026-13-01T00:00:00Z', 'wrong_type'],
    ['25 o’clock', '2026-11-29T25:00:00Z', 'wrong_type'],
    ['another order', '29.11.2026 12:00', 'wrong_type'],
    ['a word', 'now', 'wrong_type'],
    ['empty text', '', 'wrong_type'],
    ['hexadecimal', '0x19f3b2a7c00', 'wrong_type'],
    ['true', true, 'wrong_type'],
    ['an object', { $date: now }, 'wrong_type'],
    ['nothing', undefined, 'wrong_type'],
    ['Infinity', Number.POSITIVE_INFINITY, 'not_finite'],
    ['seconds', now / 1e3, 'ts_in_seconds'],
    ['seconds with a fraction, as text', '1790000000.25', 'ts_in_seconds'],
    ['seconds ahead', 1_800_000_000, 'ts_in_seconds'],
    ['microseconds', now * 1e3, 'ts_in_microseconds'],
    ['microseconds ahead', (now + 86_400_000) * 1e3, 'ts_in_microseconds'],
    ['nanoseconds', now * 1e6, 'ts_in_nanoseconds'],
    ['nanoseconds as text', `${now}000000`, 'ts_in_nanoseconds'],
    ['milliseconds since boot', 83_512, 'ts_is_uptime'],
    ['seconds since boot', 3_600, 'ts_is_uptime'],
    ['milliseconds of three months since boot', 90 * 86_400_000, 'ts_is_uptime'],
    ['0', 0, 'ts_clock_default'],
    ['1970 as ISO time', '1970-01-01T00:03:00Z', 'ts_clock_default'],
    ['the FAT epoch', Date.UTC(1980, 0, 1), 'ts_clock_default'],
    ['the GPS epoch', Date.UTC(1980, 0, 6, 0, 1), 'ts_clock_default'],
    ['the default of clock chips', Date.UTC(2000, 0, 1), 'ts_clock_default'],
    ['the default of clock chips, weeks on', '2000-01-20T12:00:00Z', 'ts_clock_default'],
    ['before 1970', -1, 'ts_ancient'],
    ['1999', '1999-12-31T00:00:00Z', 'ts_ancient'],
    ['11 minutes ahead', now + 660_000, 'ts_future'],
    ['2100', '2100-01-01T00:00:00Z', 'ts_future'],
    ['1e20', 1e20, 'ts_future'],
  ])('%s', (_what, value, reason) => {
    expect(outcome(value)).toBe(reason)
  })

  test('the first use of a device may be in 2000, but not on the day of a clock’s default', () => {
    const context = { now, limits: defaultIngestLimits }
    expect(parseInUseSince('2000-06-01T00:00:00Z', context)).toBe(Date.UTC(2000, 5, 1))
    expect(parseInUseSince(Date.UTC(2000, 0, 1, 1), context)).toMatchObject({ reason: 'ts_clock_default' })
  })

  test('says what was found, and what to send', () => {
    expect(parse(1_800_000_000)).toMatchObject({
      detail:
        'ts is 1800000000, which would be 2027-01-15T08:00:00.000Z in seconds; milliseconds are expected',
    })
    expect(parse('2026-11-29T12:00:00')).toMatchObject({
      detail: expect.stringContaining('add Z for UTC or an offset such as +01:00'),
    })
  })

  test('whatever a device sends, there is an answer', () => {
    const anything = fc.oneof(fc.jsonValue(), fc.double(), fc.string(), fc.date().map(String))
    fc.assert(
      fc.property(anything, (value) => {
        expect(['number', 'string']).toContain(typeof outcome(value))
      }),
    )
  })
})
