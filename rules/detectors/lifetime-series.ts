import {
  addBucketedPoints,
  addPoints,
  addToBucketedSeries,
  type BucketedSeries,
  type BucketedSeriesSize,
  createBucketedSeries,
  type FlatPoints,
  medianOfColumn,
  type Point,
  type SeriesChange,
} from './bucketed-series.ts'
import type { LifetimeExtent } from './detector.ts'

/**
 * Series from its first sample on, of bounded size: the recent past in buckets of equal length, and the time before
 * increasingly thinned. Samples may come in any order and more than once, as in a bucketed series; when too late for
 * the recent past they are dropped.
 */
export interface LifetimeSeries {
  older: OlderPoints
  recent: BucketedSeries
}

/** Points before the recent past: the first of each bucket. */
interface OlderPoints {
  /** Length of a bucket, ms; doubled each time there are too many. */
  bucketMs: number
  points: FlatPoints
}

export interface LifetimeSeriesSize extends BucketedSeriesSize {
  /** Most points kept from before the recent past. */
  maxOlderPoints: number
}

export function createLifetimeSeries(): LifetimeSeries {
  return { older: { bucketMs: 0, points: [] }, recent: createBucketedSeries() }
}

/** Add a sample to a series, in place. */
export function addToLifetimeSeries(
  { older, recent }: LifetimeSeries,
  ts: number,
  value: number,
  size: LifetimeSeriesSize,
): SeriesChange {
  const newestOld = older.points.at(-2)
  if (newestOld !== undefined && ts <= newestOld) return 'nothing'
  const { bucketMs, maxPoints } = size
  const change = addToBucketedSeries(recent, ts, value, { bucketMs, maxPoints: maxPoints + 1 })
  if (recent.points.length <= 2 * maxPoints) return change
  const [oldestTs = 0, oldest = 0] = recent.points.splice(0, 2)
  addToOlderPoints(older, oldestTs, oldest, size)
  return change
}

/** Return all points, oldest first. */
export function lifetimePoints({ older, recent }: LifetimeSeries): Point[] {
  const points: Point[] = []
  addPoints(points, older.points)
  addBucketedPoints(points, recent)
  return points
}

/** Return a copy, to list the points of later. */
export function copyLifetimeSeries({ older, recent }: LifetimeSeries): LifetimeSeries {
  return {
    older: { bucketMs: older.bucketMs, points: older.points.slice() },
    recent: { points: recent.points.slice(), openBucket: recent.openBucket.slice() },
  }
}

/** Return how many points there are, and the time from the first to the last, ms, without listing them. */
export function lifetimeExtent({ older, recent }: LifetimeSeries, metric: string): LifetimeExtent {
  const { points, openBucket } = recent
  const hasOpen = openBucket.length > 0
  const openAt = hasOpen ? medianOfColumn(openBucket, 0) : undefined
  const first = older.points[0] ?? points[0] ?? openAt ?? 0
  const last = openAt ?? points.at(-2) ?? older.points.at(-2) ?? 0
  const count = (older.points.length + points.length) / 2 + (hasOpen ? 1 : 0)
  return { metric, count, spanMs: last - first }
}

function addToOlderPoints(older: OlderPoints, ts: number, value: number, size: LifetimeSeriesSize): void {
  older.bucketMs = Math.max(older.bucketMs, size.bucketMs)
  older.points.push(ts, value)
  keepFirstOfEachBucket(older)
  while (older.points.length > 2 * size.maxOlderPoints) {
    older.bucketMs *= 2
    keepFirstOfEachBucket(older)
  }
}

function keepFirstOfEachBucket({ points, bucketMs }: OlderPoints): void {
  let kept = 0
  let bucketBefore: number | undefined
  for (let index = 0; index < points.length; index += 2) {
    const ts = points[index] ?? 0
    const bucket = Math.floor(ts / bucketMs)
    if (bucket === bucketBefore) continue
    bucketBefore = bucket
    points[kept] = ts
    points[kept + 1] = points[index + 1] ?? 0
    kept += 2
  }
  points.length = kept
}
