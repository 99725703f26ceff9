import { median, type Point } from '../../../rules/detectors/bucketed-series.ts'

export type Smoother = (points: readonly Point[]) => readonly Point[]

/** Create a rolling median over the last `count` points, each included; the result of the same array is cached. */
export function rollingMedian(count: number): Smoother {
  const cache = new WeakMap<readonly Point[], readonly Point[]>()
  return (points) => {
    const smooth = cache.get(points) ?? points.map((_, index) => medianBefore(points, index + 1, count))
    cache.set(points, smooth)
    return smooth
  }
}

function medianBefore(points: readonly Point[], end: number, count: number): Point {
  const last = points.slice(Math.max(0, end - count), end)
  return [points[end - 1]?.[0] ?? 0, median(last.map(([, value]) => value))]
}
