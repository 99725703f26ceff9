import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'

/**
 * When a life first had no more margin than `margin`, straight between two points; ms. Its first point tells of no
 * passage unless it has just that margin.
 * @returns undefined where the life began with less, or never came there
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

/** When the first point of a life lay beyond the limit. */
export function firstCrossingAt(points: readonly Point[], limit: Limit): number | undefined {
  return points.find(([, value]) => limit.margin(value) < 0)?.[0]
}
