import type { Reading } from '../../contract/reading.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import type { StoredPosition } from '../journal/history/locate-position.ts'
import type { ColumnScan, ColumnSlice } from './columns.ts'

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
  /** Upper bound of the number of buckets, 1 … 10,000. `bucketGrid` computes their boundaries. */
  points: number
}

export interface SeriesScan {
  from: number
  to: number
  /** Devices to read; all when absent. */
  devices?: readonly string[]
}

/**
 * Level of detail of a metric: its values, and their min, mean, max and count in each hour and each day (UTC). Hours
 * and days are computed from the values while these are stored, and remain when values are deleted.
 */
export type SeriesResolution = 'values' | 'hours' | 'days'

/** Where a write comes from: a partition of the journal (default: 0), and the journal's history as text. */
export interface SeriesOrigin {
  partition?: number
  history?: string
}

/**
 * Time series of all metrics of all devices. A value is identified by (device, metric, ts): the last one written wins.
 */
export interface SeriesStore {
  /**
   * Write the readings and, never before them, the offset up to which everything of that partition of the journal is
   * written. Calls take effect in order.
   */
  write(readings: readonly Reading[], cursor: number, origin?: SeriesOrigin): Promise<void>
  /** Return the offset of the last write of a partition (default: partition 0); 0 at first. */
  cursor(partition?: number): Promise<number>
  /** Return the same with the history of the journal that the last write gave. */
  position(partition?: number): Promise<StoredPosition>
  /**
   * Return the non-empty buckets, oldest first. Buckets of whole hours or days are computed from the rollups, and so reach
   * back further than the values do.
   * @throws SeriesQueryError when the number of points is out of range
   */
  query(query: SeriesQuery): Promise<SeriesPoint[]>
  /** Return the newest stored value of each metric of a device, with its time. */
  latest(device: string): Promise<Map<string, { ts: number; value: number }>>
  /**
   * Read readings in order of time (then device), in batches: the input of a replay. `boot`, `seq`, `hist` are not
   * stored. Readings written meanwhile may be included.
   */
  scan(scan: SeriesScan): AsyncIterable<Reading[]>
  /**
   * Read the same values as columns, slice after slice of time: several times faster where only some metrics are wanted, or
   * where the order of the devices does not matter.
   */
  scanColumns(scan: ColumnScan): AsyncIterable<ColumnSlice>
  /** Return the number of stored (device, metric, ts) values. */
  count(): Promise<number>
  /** Return the event times of the oldest and the newest stored value; undefined when there is none. */
  extent(): Promise<{ first: number; last: number } | undefined>
  /**
   * Delete the data of a level of the days (UTC) before that of `before`; return the number deleted. For values it also
   * closes the hours and days of that time: a value that still arrives for it is stored until the next deletion, and is
   * not counted in them.
   */
  deleteBefore(before: number, resolution?: SeriesResolution): Promise<number>
  close(): Promise<void>
  /** Copy the file while it is in use, to a path; absent where the series are kept by a server. */
  copyTo?(path: string): Promise<void>
}

const maxQueryPoints = 10_000

/** Grid of the buckets of a query: from `from` on, each `width` wide, up to `to`, ms. */
export interface BucketGrid {
  /** Level that the buckets are computed from. */
  resolution: SeriesResolution
  from: number
  to: number
  widthMs: number
}

/**
 * Return the grid of buckets of a query. Where the range divided by the points gives an hour or more they are whole hours
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

/** Return the start of the hour or day of a time, ms since 1970 UTC. */
export function floorToUnit(unit: number, ts: number): number {
  return Math.floor(ts / unit) * unit
}

export class SeriesQueryError extends Error {
  override readonly name = 'SeriesQueryError'
}

/** A remote store does not respond, or reports a temporary failure. It may recover without intervention. */
export class SeriesUnavailableError extends ExpectedError {
  override readonly name = 'SeriesUnavailableError'
  readonly isUnavailable = true
}

/** The store rejects the request: a wrong token, no permission, a wrong version. The message states the remedy. */
export class SeriesRejectedError extends ExpectedError {
  override readonly name = 'SeriesRejectedError'
}

/** Format of what the adapters store; incremented with each change that an older program cannot read. */
export const seriesFormat = 1

/** The series were written by a newer version of the program. Nothing was changed. */
export class SeriesNewerError extends ExpectedError {
  override readonly name = 'SeriesNewerError'

  constructor(place: string, format: number) {
    super(
      `the series in ${place} were made by a newer Forewarn (their format is ${format}, this version knows ${seriesFormat}). ` +
        'Start that version or a newer one; or restore a backup from before the update',
    )
  }
}

/** Another process has the store's file open. */
export class SeriesLockedError extends ExpectedError {
  override readonly name = 'SeriesLockedError'
}
