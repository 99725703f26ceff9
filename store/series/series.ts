import type { Reading } from '../journal/entry.ts'

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
  /** Upper bound of the number of buckets, 1 … 10,000, each `bucketWidthMs` wide, the first beginning at `from`. */
  points: number
}

export interface SeriesScan {
  from: number
  to: number
  /** All devices when absent. */
  devices?: readonly string[]
}

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
   * Oldest first, without the empty buckets.
   * @throws SeriesQueryError when the number of points is out of range
   */
  query(query: SeriesQuery): Promise<SeriesPoint[]>
  /** The last value of each metric of a device, with its time. */
  latest(device: string): Promise<Map<string, { ts: number; value: number }>>
  /** Readings in order of time (then device), in batches: the input of a replay. `boot`, `seq`, `hist` are not kept. */
  scan(scan: SeriesScan): AsyncIterable<Reading[]>
  /** Number of (device, metric, ts) values kept. */
  count(): Promise<number>
  /** Event times of the oldest and the newest value kept; undefined when there is none. */
  extent(): Promise<{ first: number; last: number } | undefined>
  /** Forgets all that is older than `before`; returns how many values went. */
  deleteBefore(before: number): Promise<number>
  close(): Promise<void>
}

const mostPoints = 10_000

/**
 * The width of the buckets that a query asks for, at least 1 ms.
 * @throws SeriesQueryError when the number of points is out of range
 */
export function bucketWidthMs({ from, to, points }: SeriesQuery): number {
  if (!Number.isInteger(points) || points < 1 || points > mostPoints) {
    throw new SeriesQueryError(`points must be a whole number from 1 to ${mostPoints}, not ${points}`)
  }
  return Math.max(1, Math.ceil((to - from) / points))
}

export class SeriesQueryError extends Error {
  override readonly name = 'SeriesQueryError'
}

/** Another process works on the store's file. */
export class SeriesLockedError extends Error {
  override readonly name = 'SeriesLockedError'
}
