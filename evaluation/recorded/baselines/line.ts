import { median, type Point } from '../../../rules/detectors/bucketed-series.ts'

/** A straight line of margins over time: what is left at `now`, and its change per ms. */
export interface Line {
  level: number
  slope: number
}

/** Of all pairs of points the slopes are compared: of more than these an even choice stands for all. */
const maxPoints = 60

/** Least squares, as PromQL's `predict_linear` draws it through a window. Undefined below two moments. */
export function leastSquares(points: readonly Point[], now: number): Line | undefined {
  const meanTime = mean(points.map(([ts]) => ts - now))
  const meanValue = mean(points.map(([, value]) => value))
  let [square, product] = [0, 0]
  for (const [ts, value] of points) {
    const time = ts - now - meanTime
    square += time * time
    product += time * (value - meanValue)
  }
  if (!(square > 0)) return undefined
  const slope = product / square
  return { slope, level: meanValue - slope * meanTime }
}

/** The median of the slopes of all pairs (Theil 1950, Sen 1968). Undefined below two moments. */
export function theilSen(points: readonly Point[], now: number): Line | undefined {
  const few = downsample(points)
  const slopes = few.flatMap(([ts, value], index) =>
    few
      .slice(index + 1)
      .filter(([later]) => later > ts)
      .map(([later, after]) => (after - value) / (later - ts)),
  )
  if (slopes.length === 0) return undefined
  const slope = median(slopes)
  return { slope, level: median(few.map(([ts, value]) => value + slope * (now - ts))) }
}

function downsample(points: readonly Point[]): readonly Point[] {
  if (points.length <= maxPoints) return points
  const step = (points.length - 1) / (maxPoints - 1)
  return Array.from({ length: maxPoints }, (_, n) => points[Math.round(n * step)] ?? [0, 0])
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
