import type { IngestLimits } from './ingest-limits.ts'
import type { Rejection } from './rejection.ts'

/**
 * Validate an event time.
 * @param ts ms since 1970 UTC, by the device's clock
 * @param now ms since 1970 UTC, by the server's clock
 */
export function validateTimestamp(ts: number, now: number, limits: IngestLimits): Rejection | undefined {
  const newest = now + limits.maxClockAheadMs
  if (!Number.isFinite(ts)) return { reason: 'not_finite', detail: `ts is ${ts}` }
  if (!Number.isInteger(ts)) {
    return { reason: 'wrong_type', detail: `ts is ${ts}; it must be a whole number of milliseconds` }
  }
  if (ts > newest) {
    return { reason: 'ts_future', detail: `ts is ${ts}; at most ${newest} (${iso(newest)}) is allowed now` }
  }
  if (ts >= limits.oldestTs) return undefined
  if (ts * 1000 >= limits.oldestTs && ts * 1000 <= newest) {
    const meant = `${iso(ts * 1000)} in seconds; milliseconds are expected`
    return { reason: 'ts_in_seconds', detail: `ts is ${ts}, which would be ${meant}` }
  }
  return { reason: 'ts_ancient', detail: `ts is ${ts}; the oldest allowed is ${limits.oldestTs}` }
}

function iso(ts: number): string {
  return new Date(ts).toISOString()
}
