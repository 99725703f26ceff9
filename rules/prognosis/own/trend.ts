import { median, type Point } from '../../detectors/bucketed-series.ts'

/** Possible slopes of the metric from now on, from the fastest fall to the slowest, each with its weight. */
export interface Trend {
  now: number
  /** Present level of the metric, without noise. */
  level: number
  slopes: readonly WeightedSlope[]
  /** Sum of the chords' weights. */
  totalWeight: number
}

interface WeightedSlope {
  /** Change of the metric per ms. */
  slope: number
  weight: number
}

const minPoints = 4
const levelPoints = 3

/**
 * Return the present level and slopes of a series that is noisy and whose slope changes.
 *
 * The level is the median of the last three points, each carried to now along the resistant line (Tukey, Exploratory
 * Data Analysis, 1977: through the medians of the first and the last third). Then every older point gives a chord to
 * the level: a slope that the metric had over its last `now − t`. Weighted by their length, these slopes are taken
 * as the distribution of future slopes. All pairs of points (Theil 1950, Sen 1968) are the usual choice; they weigh
 * the whole past alike, lag where wear accelerates, and cost the square of the number of points.
 *
 * @param points oldest first, all within the window
 * @returns undefined for fewer than four points, or less than a 24th of the window
 */
export function estimateTrend(points: readonly Point[], windowMs: number): Trend | undefined {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || points.length < minPoints) return undefined
  const now = last[0]
  const spanMs = now - first[0]
  if (spanMs < windowMs / 24) return undefined
  const steady = resistantSlope(points)
  const level = median(
    pointsSinceGap(points.slice(-levelPoints), windowMs / 6).map(
      ([ts, value]) => value + steady * (now - ts),
    ),
  )
  // A short chord is mostly noise.
  const leastMs = Math.min(windowMs / 8, spanMs / 2)
  const chords: WeightedSlope[] = []
  for (const point of points) {
    const weight = now - point[0]
    if (weight >= leastMs) chords.push({ slope: (level - point[1]) / weight, weight })
  }
  chords.sort((a, b) => a.slope - b.slope)
  let totalWeight = 0
  for (const chord of chords) totalWeight += chord.weight
  return { now, level, slopes: chords, totalWeight }
}

/** Return the slope at a share of the weight, 0 … 1: at 0.5 the weighted median. */
export function slopeQuantile({ slopes, totalWeight }: Trend, share: number): number {
  let passed = 0
  for (const chord of slopes) {
    passed += chord.weight
    if (passed >= share * totalWeight) return chord.slope
  }
  return slopes.at(-1)?.slope ?? 0
}

/** Drop the points before a long gap: they do not determine the level after it. */
function pointsSinceGap(points: readonly Point[], gapMs: number): readonly Point[] {
  const start = points.findLastIndex(([ts], index) => ts - (points[index - 1]?.[0] ?? ts) > gapMs)
  return points.slice(Math.max(0, start))
}

function resistantSlope(points: readonly Point[]): number {
  const third = Math.max(Math.floor(points.length / 3), Math.min(3, Math.floor(points.length / 2)))
  const [early, late] = [points.slice(0, third), points.slice(-third)]
  return (
    (medianOfCoordinate(late, 1) - medianOfCoordinate(early, 1)) /
    (medianOfCoordinate(late, 0) - medianOfCoordinate(early, 0))
  )
}

function medianOfCoordinate(points: readonly Point[], part: 0 | 1): number {
  return median(points.map((point) => point[part]))
}
