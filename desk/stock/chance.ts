import type { Crossing } from '../../contract/finding.ts'

/**
 * Chance that a crossing lies before a moment, from its P10, P50 and P90: a straight line through these three points of
 * the distribution, drawn on to 0 and 1 with the slope of its nearer half (the quantiles say no more).
 * @param at ms since 1970 UTC
 */
export function chanceBefore({ p10, p50, p90 }: Crossing, at: number): number {
  const lower = p50 - p10
  const upper = p90 - p50
  if (at < p50) return lower <= 0 ? 0 : Math.max(0, 0.5 - (0.4 * (p50 - at)) / lower)
  return upper <= 0 ? 1 : Math.min(1, 0.5 + (0.4 * (at - p50)) / upper)
}
