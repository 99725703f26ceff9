/** Time and value: ms since 1970, and the metric's unit. */
export type Point = readonly [ts: number, value: number]

/**
 * Thinned series of bounded size: one point for each bucket of time with samples, the median of these.
 * Samples may come in any order and more than once; a closed bucket accepts only its first sample.
 */
export interface BucketedSeries {
  /** Points of the closed buckets, oldest first. */
  points: readonly Point[]
  /** All samples of the newest bucket, up to a bound, oldest first. */
  openBucket: readonly Point[]
}

export interface BucketedSeriesSize {
  /** Length of a bucket, ms. */
  bucketMs: number
  /** Most points kept. */
  maxPoints: number
}

const maxSamplesPerBucket = 9

export const emptyBucketedSeries: BucketedSeries = { points: [], openBucket: [] }

/** Add a sample; return the same object when it changes nothing. */
export function addToBucketedSeries(
  history: BucketedSeries,
  sample: Point,
  size: BucketedSeriesSize,
): BucketedSeries {
  const span = bucketIndex(sample, size)
  const [first] = history.openBucket
  const openSpan = first === undefined ? span : bucketIndex(first, size)
  if (span === openSpan) {
    const open =
      history.openBucket.length < maxSamplesPerBucket
        ? insertByTime(history.openBucket, sample)
        : history.openBucket
    return open === history.openBucket ? history : { ...history, openBucket: open }
  }
  if (span > openSpan) {
    return {
      points: [...history.points, medianPoint(history.openBucket)].slice(-size.maxPoints),
      openBucket: [sample],
    }
  }
  if (history.points.some((point) => bucketIndex(point, size) === span)) return history
  const points = insertByTime(history.points, sample)
  return { ...history, points: points.slice(-size.maxPoints) }
}

/** Return all points, oldest first; that of the newest bucket last. */
export function bucketedPoints({ points, openBucket }: BucketedSeries): readonly Point[] {
  return openBucket.length === 0 ? points : [...points, medianPoint(openBucket)]
}

/** Return the median of a non-empty list; for an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted =
    values.length <= maxInsertionSortSize ? insertionSort(values) : Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Up to this size the simple method is the fastest: five times faster for nine numbers. */
const maxInsertionSortSize = 32

function insertionSort(values: readonly number[]): number[] {
  const sorted: number[] = []
  for (const value of values) {
    let place = sorted.length
    for (let before = sorted[place - 1]; before !== undefined && before > value; before = sorted[place - 1]) {
      sorted[place] = before
      place -= 1
    }
    sorted[place] = value
  }
  return sorted
}

function medianPoint(samples: readonly Point[]): Point {
  return [median(samples.map(([ts]) => ts)), median(samples.map(([, value]) => value))]
}

/** Insert a point in order of time; return the same list when there already is one of its time. */
export function insertByTime(points: readonly Point[], point: Point): readonly Point[] {
  const [ts] = point
  const last = points.at(-1)
  if (last === undefined || ts > last[0]) return [...points, point]
  if (points.some(([other]) => other === ts)) return points
  return [...points, point].sort((a, b) => a[0] - b[0])
}

const bucketIndex = ([ts]: Point, { bucketMs }: BucketedSeriesSize): number => Math.floor(ts / bucketMs)
