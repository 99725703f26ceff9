import type { Crossing } from '../../../contract/finding.ts'
import { dayMs } from '../../../lib/time.ts'
import type { Point } from '../history.ts'

const leastMs = 7 * dayMs
const farMs = 20 * 365 * dayMs

/** Use per ms over the last times of all lengths, from a quarter of what is known on: slowest first. */
export function pacesOf(points: readonly Point[]): number[] {
  const [first, now] = [points[0], points.at(-1)]
  if (first === undefined || now === undefined || now[0] - first[0] < leastMs) return []
  const leastAgo = (now[0] - first[0]) / 4
  return points
    .filter(([ts]) => now[0] - ts >= leastAgo)
    .map(([ts, used]) => (now[1] - used) / (now[0] - ts))
    .sort((a, b) => a - b)
}

/** When a rest is used up at these paces; undefined while they are not known, or it lasts for ever. */
export function crossingAt(paces: readonly number[], rest: number, now: number): Crossing | undefined {
  const at = (share: number): number => {
    const pace = paces[Math.round(share * (paces.length - 1))] ?? 0
    return Math.round(now + Math.min(farMs, Math.max(0, rest) / Math.max(pace, Number.MIN_VALUE)))
  }
  const crossing = { p10: at(0.9), p50: at(0.5), p90: at(0.1) }
  return paces.length === 0 || crossing.p50 >= now + farMs ? undefined : crossing
}
