import type { Lifetime } from '../../../contract/lifetime.ts'
import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from './first-passage.ts'
import type { ForecastMethod } from './forecast-method.ts'
import { sampleQuantile } from './interval.ts'
import type { Smoother } from './smooth.ts'

/** Points compared, and positions at which they are compared, at most: evenly chosen. */
const [maxCompared, maxPositions] = [12, 60]
const leastNeighbours = 3

/**
 * Create the forecast by the most similar trajectories (T. Wang, J. Yu, D. Siegel and J. Lee, Int. Conf. on Prognostics and Health
 * Management, 2008): the recent window is shifted along each finished lifetime to where it fits best by least squares; the
 * remaining times from there of the k nearest are the sample of the quantiles, k the square root of their number, but three at
 * least.
 */
export function similarityMethod(smooth: Smoother, windowMs: number): ForecastMethod {
  return (own, peers, { limit, now }) => {
    const path = smooth(own.points)
    const last = path.at(-1)
    if (last === undefined) return { is: 'withheld', why: 'too_few_readings' }
    const recent = path
      .filter(([ts]) => ts > now - windowMs || ts === last[0])
      .map(([ts, value]): Point => [ts - last[0], limit.margin(value)])
    const window = evenly(recent, maxCompared)
    const matches = peers.flatMap((peer) => bestMatch(window, peer, limit, smooth))
    if (matches.length === 0) return { is: 'withheld', why: 'no_peers' }
    const k = Math.max(leastNeighbours, Math.round(Math.sqrt(matches.length)))
    const nearest = matches.sort((a, b) => a.distance - b.distance).slice(0, k)
    const remaining = nearest.map((match) => match.remaining).sort((a, b) => a - b)
    const at = (p: number) => Math.max(now, last[0] + sampleQuantile(remaining, p))
    return { is: 'date', p50: at(0.5), ...(remaining.length > 1 ? { p10: at(0.1), p90: at(0.9) } : {}) }
  }
}

interface Match {
  /** Mean squared difference of the margins. */
  distance: number
  /** Time from the best fit to the limit, ms. */
  remaining: number
}

/** Return where a window fits a finished lifetime best. @param window times before its last point, ms, and margins */
function bestMatch(window: readonly Point[], peer: Lifetime, limit: Limit, smooth: Smoother): Match[] {
  const end = firstCrossingAt(peer.points, limit)
  if (end === undefined) return []
  const path = smooth(peer.points)
  let best: Match | undefined
  for (const [at] of evenly(
    path.filter(([ts]) => ts < end),
    maxPositions,
  )) {
    const distance = distanceAt(window, path, limit, at)
    if (distance !== undefined && (best === undefined || distance < best.distance))
      best = { distance, remaining: end - at }
  }
  return best === undefined ? [] : [best]
}

/** Return the distance with the end of the window at a time; undefined where half of it is before the record. */
function distanceAt(
  window: readonly Point[],
  path: readonly Point[],
  limit: Limit,
  at: number,
): number | undefined {
  let [sum, count] = [0, 0]
  for (const [before, margin] of window) {
    const level = levelAt(path, at + before)
    if (level === undefined) continue
    sum += (margin - limit.margin(level)) ** 2
    count += 1
  }
  return count === 0 || count < window.length / 2 ? undefined : sum / count
}

/** Return the value at a time, interpolated; undefined outside of the record. */
function levelAt(path: readonly Point[], ts: number): number | undefined {
  let [low, high] = [0, path.length - 1]
  const [first, last] = [path[low], path[high]]
  if (first === undefined || last === undefined || ts < first[0] || ts > last[0]) return undefined
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((path[middle]?.[0] ?? 0) <= ts) low = middle
    else high = middle
  }
  const [from = first, to = last] = [path[low], path[high]]
  return to[0] === from[0] ? to[1] : from[1] + ((ts - from[0]) / (to[0] - from[0])) * (to[1] - from[1])
}

/** Return at most `max` of the points, evenly chosen, the last included. */
function evenly(points: readonly Point[], max: number): readonly Point[] {
  if (points.length <= max) return points
  const step = (points.length - 1) / (max - 1)
  return Array.from({ length: max }, (_, n) => points[Math.round(n * step)]).filter(
    (point) => point !== undefined,
  )
}
