import type { Reading } from '../../contract/reading.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { dayMs, hourMs } from '../../lib/time.ts'

/** One bucket of a downsampled series; `ts` is the bucket's start. */
export interface SeriesPoint {
  ts: number
  min: number
  mean: number
  max: number
  count: number
}

export interface SeriesQuery {
  device: string
  metric: string
  /** Milliseconds since 1970 UTC; `from` inclusive, `to` exclusive. */
  from: number
  to: number
  /** Upper bound of the number of buckets, 1 … 10,000. `gridOf` says where they lie. */
  points: number
}

export interface SeriesScan {
  from: number
  to: number
  /** All devices when absent. */
  devices?: readonly string[]
}

/**
 * What is kept of a metric: its values, and their min, mean, max and count in each hour and each day (UTC). Hours and
 * days follow from the values as long as these are kept, and stay when values are deleted.
 */
export type SeriesResolution = 'values' | 'hours' | 'days'

/** Time series of all metrics of all devices. A value is identified by (device, metric, ts): the last one written wins. */
export interface SeriesStore {
  /**
   * Writes the readings and, never before them, the offset up to which everything of that partition of the journal is
   * written. Calls take effect in their order.
   */
  write(readings: readonly Reading[], cursor: number, partition?: number): Promise<void>
  /** The offset of the last write of a partition (0 unless told), 0 at first. */
  cursor(partition?: number): Promise<number>
  /**
   * Oldest first, without the empty buckets. Buckets of whole hours or days are put together from these, and so go
   * back further than the values do.
   * @throws SeriesQueryError when the number of points is out of range
   */
  query(query: SeriesQuery): Promise<SeriesPoint[]>
  /** The last value kept of each metric of a device, with its time. */
  latest(device: string): Promise<Map<string, { ts: number; value: number }>>
  /**
   * Readings in order of time (then device), in batches: the input of a replay. `boot`, `seq`, `hist` are not kept. What
   * is written meanwhile may be among them.
   */
  scan(scan: SeriesScan): AsyncIterable<Reading[]>
  /** Number of (device, metric, ts) values kept. */
  count(): Promise<number>
  /** Event times of the oldest and the newest value kept; undefined when there is none. */
  extent(): Promise<{ first: number; last: number } | undefined>
  /**
   * Forgets what a level holds of the days (UTC) before the one of `before`; returns how much went. For values it also
   * closes the hours and days of that time: a value that still comes for it is kept until the next time, and is not
   * counted in them.
   */
  deleteBefore(before: number, resolution?: SeriesResolution): Promise<number>
  close(): Promise<void>
}

const maxQueryPoints = 10_000

/** Where the buckets of a query lie: from `from` on, each `width` wide, up to `to`. */
export interface BucketGrid {
  /** What they are put together from. */
  resolution: SeriesResolution
  from: number
  to: number
  widthMs: number
}

/**
 * The buckets that a query asks for. Where the range divided by the points gives an hour or more they are whole hours
 * (UTC), and the range is widened to whole hours; the same holds for days. Else they begin at `from` and have at least
 * a millisecond.
 * @throws SeriesQueryError when the number of points is out of range
 */
export function bucketGrid({ from, to, points }: SeriesQuery): BucketGrid {
  if (!Number.isInteger(points) || points < 1 || points > maxQueryPoints) {
    throw new SeriesQueryError(`points must be a whole number from 1 to ${maxQueryPoints}, not ${points}`)
  }
  const requestedWidthMs = (to - from) / points
  if (requestedWidthMs < hourMs)
    return { resolution: 'values', from, to, widthMs: Math.max(1, Math.ceil(requestedWidthMs)) }
  const [level, unit] = requestedWidthMs < dayMs ? (['hours', hourMs] as const) : (['days', dayMs] as const)
  const begin = floorToUnit(unit, from)
  const units = Math.ceil((to - begin) / unit)
  return {
    resolution: level,
    from: begin,
    to: begin + units * unit,
    widthMs: Math.ceil(units / points) * unit,
  }
}

/** The begin of the hour or day of a time, ms since 1970 UTC. */
export function floorToUnit(unit: number, ts: number): number {
  return Math.floor(ts / unit) * unit
}

export class SeriesQueryError extends Error {
  override readonly name = 'SeriesQueryError'
}

/** The store is somewhere else and does not answer, or says that it cannot work now. It may by itself later. */
export class SeriesUnavailableError extends ExpectedError {
  override readonly name = 'SeriesUnavailableError'
  readonly isUnavailable = true
}

/** The store answers, and refuses: a wrong token, no rights, a wrong version. The message says what to do. */
export class SeriesRejectedError extends ExpectedError {
  override readonly name = 'SeriesRejectedError'
}

/** Another process works on the store's file. */
export class SeriesLockedError extends ExpectedError {
  override readonly name = 'SeriesLockedError'
}
