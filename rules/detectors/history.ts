/** A moment and a value: ms since 1970, and the metric's unit. */
export type Point = readonly [ts: number, value: number]

/**
 * A thinned series of bounded size: one point for each span of time that had samples, the median of these.
 * Samples may come in any order and more than once; a span that is over takes only a first sample.
 */
export interface History {
  /** Of the spans that are over, oldest first. */
  points: readonly Point[]
  /** All samples of the newest span, up to a number, oldest first. */
  open: readonly Point[]
}

export interface HistorySize {
  /** Length of a span, ms. */
  spanMs: number
  /** Most points kept. */
  points: number
}

const mostInSpan = 9

export const emptyHistory: History = { points: [], open: [] }

/** @returns the same object when the sample adds nothing */
export function addToHistory(history: History, sample: Point, size: HistorySize): History {
  const span = spanOf(sample, size)
  const [first] = history.open
  const openSpan = first === undefined ? span : spanOf(first, size)
  if (span === openSpan) {
    const open = history.open.length < mostInSpan ? insert(history.open, sample) : history.open
    return open === history.open ? history : { ...history, open }
  }
  if (span > openSpan) {
    return { points: [...history.points, medianPoint(history.open)].slice(-size.points), open: [sample] }
  }
  if (history.points.some((point) => spanOf(point, size) === span)) return history
  const points = insert(history.points, sample)
  return { ...history, points: points.slice(-size.points) }
}

/** All points, oldest first; that of the newest span last. */
export function pointsOf({ points, open }: History): readonly Point[] {
  return open.length === 0 ? points : [...points, medianPoint(open)]
}

/** Of a list that is not empty; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.length <= mostToInsert ? insertionSorted(values) : Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Up to so many numbers the plain way is the fastest: five times for nine of them. */
const mostToInsert = 32

function insertionSorted(values: readonly number[]): number[] {
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

function insert(points: readonly Point[], point: Point): readonly Point[] {
  const [ts] = point
  const last = points.at(-1)
  if (last === undefined || ts > last[0]) return [...points, point]
  if (points.some(([other]) => other === ts)) return points
  return [...points, point].sort((a, b) => a[0] - b[0])
}

const spanOf = ([ts]: Point, { spanMs }: HistorySize): number => Math.floor(ts / spanMs)
