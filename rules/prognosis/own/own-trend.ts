import type { Lifetime } from '../../../contract/lifetime.ts'
import type { Limit } from '../../detectors/limit.ts'
import { forecastFromOwnPath, type RulDistribution } from './own-forecast.ts'

/** Remaining time by the trend of a part's own path. */
export interface OwnTrend {
  /** ms */
  rul: number
  /** Its error by its own account: variance as a share of the square. */
  relativeVariance: number
}

const [leastRelativeVariance, greatestRelativeVariance] = [0.03, 4]

/** @returns undefined where the path does not lead to the limit */
export function ownTrendOf(rul: RulDistribution | undefined): OwnTrend | undefined {
  if (rul === undefined) return undefined
  const likely = rul.quantile(0.5)
  const variance = likely > 0 ? (rul.sd / likely) ** 2 : greatestRelativeVariance
  return {
    rul: likely,
    relativeVariance: Math.max(leastRelativeVariance, Math.min(greatestRelativeVariance, variance)),
  }
}

/** Return the trend at one point of a lifetime, from the points up to it. */
export function ownTrendAt(
  { points }: Lifetime,
  last: number,
  { limit, windowMs }: { limit: Limit; windowMs: number | undefined },
): OwnTrend | undefined {
  return ownTrendOf(forecastFromOwnPath(points.slice(0, last + 1), limit, windowMs)?.rul)
}

/** Shares of a finished lifetime at which its trend is compared with its end. */
const comparedAt = [0.3, 0.45, 0.6, 0.75, 0.9]
const minPoints = 4
/** Bound on the logarithm of predicted over true, also where there was no trend. */
const maxLogError = 2
/** Added to both, as a share of the lifetime: near the end a ratio says little. */
const nearEnd = 0.01

/**
 * Return how many times greater the squared error of the trend was over finished lifetimes than by its own account.
 * Without any it is 1, which counts like one lifetime.
 * @param ends when each lifetime crossed the limit, ms; undefined where it has not
 */
export function trendErrorFactor(
  lifetimes: readonly Lifetime[],
  ends: readonly (number | undefined)[],
  question: { limit: Limit; windowMs: number | undefined },
): number {
  const factors = lifetimes.flatMap((life, index) => {
    const end = ends[index]
    const squares =
      end === undefined ? [] : comparedAt.flatMap((share) => squaredError(life, { end, share }, question))
    return squares.length === 0 ? [] : [squares.reduce((sum, square) => sum + square, 0) / squares.length]
  })
  return factors.reduce((sum, factor) => sum + factor, 1) / (factors.length + 1)
}

function squaredError(
  life: Lifetime,
  { end, share }: { end: number; share: number },
  question: { limit: Limit; windowMs: number | undefined },
): number[] {
  const begin = life.startedAt ?? life.points[0]?.[0] ?? end
  const last = life.points.findLastIndex(([ts]) => ts <= begin + share * (end - begin))
  const at = life.points[last]?.[0]
  if (at === undefined || last < minPoints - 1) return []
  const trend = ownTrendAt(life, last, question)
  if (trend === undefined) return [maxLogError ** 2 / greatestRelativeVariance]
  const floor = nearEnd * (end - begin)
  const error = Math.log((trend.rul + floor) / (end - at + floor))
  return [Math.max(-maxLogError, Math.min(maxLogError, error)) ** 2 / trend.relativeVariance]
}
