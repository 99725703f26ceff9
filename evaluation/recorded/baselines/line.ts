import { median, type Point } from '../../../rules/detectors/bucketed-series.ts'

/** A straight line of margins over time: the margin at `now`, and its change per ms. */
export interface Line {
  level: number
  slope: number
}

/** The slopes of all pairs of points are compared: more points than these are reduced by even sampling. */
const maxPoints = 60

/** Fit by least squares, like `predict_linear` of PromQL. @returns undefined below two distinct times */
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

/** Fit by the median of the slopes of all pairs (Theil 1950, Sen 1968). @returns undefined below two distinct times */
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
