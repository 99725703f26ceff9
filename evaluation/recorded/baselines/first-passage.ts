import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'

/**
 * Return when a lifetime first had at most `margin` left, ms, interpolated linearly between two points. The first point
 * counts as a passage only with exactly that margin.
 * @returns undefined when the lifetime began with less or never reached it
 */
export function firstPassageAt(points: readonly Point[], limit: Limit, margin: number): number | undefined {
  const index = points.findIndex(([, value]) => limit.margin(value) <= margin)
  const [at, before] = [points[index], points[index - 1]]
  if (at === undefined) return undefined
  const left = limit.margin(at[1])
  if (before === undefined) return left === margin ? at[0] : undefined
  const was = limit.margin(before[1])
  return before[0] + ((was - margin) / (was - left)) * (at[0] - before[0])
}

/** Return the time of the first point beyond the limit, ms. */
export function firstCrossingAt(points: readonly Point[], limit: Limit): number | undefined {
  return points.find(([, value]) => limit.margin(value) < 0)?.[0]
}
