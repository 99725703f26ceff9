import {
  addToBucketedSeries,
  type BucketedSeries,
  type BucketedSeriesSize,
  bucketedPoints,
  emptyBucketedSeries,
  type Point,
} from './bucketed-series.ts'

/**
 * Series from its first sample on, of bounded size: the recent past in buckets of equal length, and the time before
 * increasingly thinned. Samples may come in any order and more than once, as in a bucketed series; when too late for
 * the recent past they are dropped.
 */
export interface LifetimeSeries {
  older: OlderPoints
  recent: BucketedSeries
}

/** Points before the recent past: the first of each bucket, oldest first. */
interface OlderPoints {
  /** Length of a bucket, ms; doubled each time there are too many. */
  bucketMs: number
  points: readonly Point[]
}

export interface LifetimeSeriesSize extends BucketedSeriesSize {
  /** Most points kept from before the recent past. */
  maxOlderPoints: number
}

export const emptyLifetimeSeries: LifetimeSeries = {
  older: { bucketMs: 0, points: [] },
  recent: emptyBucketedSeries,
}

/** Add a sample; return the same object when it changes nothing. */
export function addToLifetimeSeries(
  course: LifetimeSeries,
  sample: Point,
  size: LifetimeSeriesSize,
): LifetimeSeries {
  const newestOld = course.older.points.at(-1)
  if (newestOld !== undefined && sample[0] <= newestOld[0]) return course
  const recent = addToBucketedSeries(course.recent, sample, { ...size, maxPoints: size.maxPoints + 1 })
  if (recent === course.recent) return course
  const [oldest] = recent.points
  if (oldest === undefined || recent.points.length <= size.maxPoints) return { ...course, recent }
  return {
    older: addToOlderPoints(course.older, oldest, size),
    recent: { ...recent, points: recent.points.slice(1) },
  }
}

/** Return all points, oldest first. */
export function lifetimePoints({ older, recent }: LifetimeSeries): readonly Point[] {
  return [...older.points, ...bucketedPoints(recent)]
}

function addToOlderPoints(older: OlderPoints, point: Point, size: LifetimeSeriesSize): OlderPoints {
  let spanMs = Math.max(older.bucketMs, size.bucketMs)
  let points = firstOfEachBucket([...older.points, point], spanMs)
  while (points.length > size.maxOlderPoints) {
    spanMs *= 2
    points = firstOfEachBucket(points, spanMs)
  }
  return { bucketMs: spanMs, points }
}

function firstOfEachBucket(points: readonly Point[], spanMs: number): Point[] {
  const spanOf = (point: Point | undefined) => point && Math.floor(point[0] / spanMs)
  return points.filter((point, index) => spanOf(point) !== spanOf(points[index - 1]))
}
