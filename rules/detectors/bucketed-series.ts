/** Time and value: ms since 1970, and the metric's unit. */
export type Point = readonly [ts: number, value: number]

/** Points in order of time, flat: time, value, time, value… An array of numbers alone takes a fifth of one of pairs. */
export type FlatPoints = number[]

/**
 * Thinned series of bounded size: one point for each bucket of time with samples, the median of these.
 * Samples may come in any order and more than once; a closed bucket accepts only its first sample.
 */
export interface BucketedSeries {
  /** Points of the closed buckets. */
  points: FlatPoints
  /** All samples of the newest bucket, up to a bound. */
  openBucket: FlatPoints
}

export interface BucketedSeriesSize {
  /** Length of a bucket, ms. */
  bucketMs: number
  /** Most points kept. */
  maxPoints: number
}

/** What a sample changed in a series: nothing, a bucket that stays the newest one, or the closed buckets too. */
export type SeriesChange = 'nothing' | 'open bucket' | 'closed buckets'

const maxSamplesPerBucket = 9

export function createBucketedSeries(): BucketedSeries {
  return { points: [], openBucket: [] }
}

/** Add a sample to a series, in place. */
export function addToBucketedSeries(
  series: BucketedSeries,
  ts: number,
  value: number,
  { bucketMs, maxPoints }: BucketedSeriesSize,
): SeriesChange {
  const { points, openBucket } = series
  const bucket = Math.floor(ts / bucketMs)
  const openSince = openBucket[0]
  const open = openSince === undefined ? bucket : Math.floor(openSince / bucketMs)
  if (bucket === open) {
    const isFull = openBucket.length >= 2 * maxSamplesPerBucket
    return !isFull && insertByTime(openBucket, ts, value) ? 'open bucket' : 'nothing'
  }
  if (bucket > open) {
    points.push(medianOfColumn(openBucket, 0), medianOfColumn(openBucket, 1))
    openBucket[0] = ts
    openBucket[1] = value
    openBucket.length = 2
  } else {
    for (let index = 0; index < points.length; index += 2)
      if (Math.floor((points[index] ?? 0) / bucketMs) === bucket) return 'nothing'
    insertByTime(points, ts, value)
  }
  dropOldest(points, maxPoints)
  return 'closed buckets'
}

/** Return all points, oldest first; that of the newest bucket last. */
export function bucketedPoints(series: BucketedSeries): Point[] {
  const points: Point[] = []
  addBucketedPoints(points, series)
  return points
}

/** Add all points to a list, oldest first; that of the newest bucket last. */
export function addBucketedPoints(list: Point[], { points, openBucket }: BucketedSeries): void {
  addPoints(list, points)
  if (openBucket.length > 0) list.push([medianOfColumn(openBucket, 0), medianOfColumn(openBucket, 1)])
}

export function toPoints(flat: FlatPoints): Point[] {
  const points: Point[] = []
  addPoints(points, flat)
  return points
}

/** Add flat points to a list. */
export function addPoints(list: Point[], flat: FlatPoints): void {
  for (let index = 0; index < flat.length; index += 2)
    list.push([flat[index] ?? Number.NaN, flat[index + 1] ?? Number.NaN])
}

/** Insert a point in order of time. @returns false when there already is one of its time */
export function insertByTime(points: FlatPoints, ts: number, value: number): boolean {
  let at = points.length
  while (at > 0 && (points[at - 2] ?? Number.NaN) > ts) at -= 2
  if (points[at - 2] === ts) return false
  if (at === points.length) points.push(ts, value)
  else points.splice(at, 0, ts, value)
  return true
}

/** Drop the oldest points beyond `max`. */
export function dropOldest(points: FlatPoints, max: number): void {
  const excess = points.length - 2 * max
  if (excess <= 0) return
  // Neither `splice` nor `copyWithin`: the one makes a list of what it removes, the other is fifty times slower.
  for (let index = excess; index < points.length; index++)
    points[index - excess] = points[index] ?? Number.NaN
  points.length = 2 * max
}

/** Return the median of a non-empty list; for an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const { length } = values
  if (length > maxInsertionSortSize) return middleOf(Float64Array.from(values).sort(), length)
  for (let index = 0; index < length; index++) insertSorted(values[index] ?? Number.NaN, index)
  return middleOf(sorted, length)
}

/** Return the median of the times (0) or the values (1) of points, of which there is one at least. */
export function medianOfColumn(points: FlatPoints, column: 0 | 1): number {
  const count = points.length >> 1
  if (count === 1) return points[column] ?? Number.NaN
  if (count > maxInsertionSortSize) return median(points.filter((_, index) => index % 2 === column))
  for (let index = 0; index < count; index++) insertSorted(points[2 * index + column] ?? Number.NaN, index)
  return middleOf(sorted, count)
}

/** Up to this size the simple method is the fastest: five times faster for nine numbers. */
const maxInsertionSortSize = 32
/** Numbers being sorted; no two are at a time. */
const sorted = new Float64Array(maxInsertionSortSize)

/** Insert a number into the first `count` of `sorted`. */
function insertSorted(value: number, count: number): void {
  let place = count
  while (place > 0 && (sorted[place - 1] ?? Number.NaN) > value) {
    sorted[place] = sorted[place - 1] ?? Number.NaN
    place -= 1
  }
  sorted[place] = value
}

function middleOf(values: Float64Array, count: number): number {
  const middle = count >> 1
  const upper = values[middle] ?? Number.NaN
  return count % 2 === 1 ? upper : ((values[middle - 1] ?? Number.NaN) + upper) / 2
}
