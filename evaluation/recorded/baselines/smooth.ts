import { median, type Point } from '../../../rules/detectors/bucketed-series.ts'

export type Smoother = (points: readonly Point[]) => readonly Point[]

/** Each point as the median of the last few, itself included. What was smoothed before is not smoothed again. */
export function rollingMedian(count: number): Smoother {
  const known = new WeakMap<readonly Point[], readonly Point[]>()
  return (points) => {
    const smooth = known.get(points) ?? points.map((_, index) => medianBefore(points, index + 1, count))
    known.set(points, smooth)
    return smooth
  }
}

function medianBefore(points: readonly Point[], end: number, count: number): Point {
  const last = points.slice(Math.max(0, end - count), end)
  return [points[end - 1]?.[0] ?? 0, median(last.map(([, value]) => value))]
}
