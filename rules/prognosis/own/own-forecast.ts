import { dayMs } from '../../../lib/time.ts'
import type { Point } from '../../detectors/bucketed-series.ts'
import type { Limit } from '../../detectors/limit.ts'
import { lastRecoveryIndex, monotoneFit } from '../degradation-path.ts'
import { normalQuantile } from '../statistics/normal-distribution.ts'
import { estimateTrend, slopeQuantile, type Trend } from './trend.ts'

/** Forecast from a part's own degradation path. */
export interface OwnForecast {
  /** Present level, as a margin. */
  level: number
  /** Change of the margin per ms. */
  slopePerDay: number
  /** Time to the limit from the last reading, ms; absent where the path does not lead there. */
  rul?: RulDistribution
}

export interface RulDistribution {
  /** Time within which it is reached with probability p, ms. */
  quantile(p: number): number
  sd: number
  /** True when the limit is further away than `maxReachFactor` times the observed time: a guess. */
  isBeyondReach: boolean
}

/** Relative error of the remaining time when it is as long as the observed time, and the least error. */
const [relativeErrorAtReach, minRelativeError] = [0.8, 0.2]
/** Mean absolute deviation times this is the standard deviation of a normal distribution. */
const sdPerMeanAbsDeviation = 1.2533
/** Factor on the mean deviation: deviations from the path are correlated, so averaging does not remove them. */
const noiseCorrelationFactor = 1.5
/** Upper bound of a quantile, as a multiple of the likely time. */
const maxRulFactor = 10
/** Forecast horizon, as a multiple of the observed time. */
const maxReachFactor = 2

/**
 * Extrapolate the own path: the remaining margin at the rates of wear over shorter and longer pasts.
 * @param windowMs length of the past used, ms; all of it when absent
 * @returns undefined when there are too few points for a trend
 */
export function forecastFromOwnPath(
  points: readonly Point[],
  limit: Limit,
  windowMs?: number,
): OwnForecast | undefined {
  const last = points.at(-1)?.[0] ?? 0
  const from = windowMs === undefined ? Number.NEGATIVE_INFINITY : last - windowMs
  const recent: Point[] = []
  for (const point of points) if (point[0] > from) recent.push([point[0], limit.margin(point[1])])
  const margins = removeRecovery(recent)
  const spanMs = last - (margins[0]?.[0] ?? last)
  const trend = estimateTrend(margins, windowMs ?? spanMs)
  if (trend === undefined) return undefined
  const rul = rulDistributionOf(trend, { spanMs, noise: noiseSd(margins) })
  const slopePerDay = slopeQuantile(trend, 0.5) * dayMs
  return { level: trend.level, slopePerDay, ...(rul === undefined ? {} : { rul }) }
}

/** Shift the points before a great recovery to the level after it: keeps the rate of wear, removes the recovery. */
function removeRecovery(points: readonly Point[]): readonly Point[] {
  const margins = marginsOf(points)
  const at = lastRecoveryIndex(margins)
  const rise = (margins[at] ?? 0) - (margins[at - 1] ?? 0)
  return at === 0 ? points : points.map(([ts, margin], index) => [ts, index < at ? margin + rise : margin])
}

/** Return the deviation of the values from the path that never rises: noise, and recoveries that did not last. */
function noiseSd(points: readonly Point[]): number {
  const margins = marginsOf(points)
  const course = monotoneFit(margins)
  let sum = 0
  for (let index = 0; index < margins.length; index++)
    sum += Math.abs((margins[index] ?? 0) - (course[index] ?? 0))
  return (sdPerMeanAbsDeviation * sum) / margins.length
}

function marginsOf(points: readonly Point[]): number[] {
  const margins: number[] = []
  for (const point of points) margins.push(point[1])
  return margins
}

function rulDistributionOf(
  trend: Trend,
  { spanMs, noise }: { spanMs: number; noise: number },
): RulDistribution | undefined {
  const timeAt = (share: number): number => {
    if (trend.level <= 0) return 0
    const slope = slopeQuantile(trend, share)
    return slope < 0 ? -trend.level / slope : Number.POSITIVE_INFINITY
  }
  const likely = timeAt(0.5)
  if (likely === Number.POSITIVE_INFINITY) return undefined
  if (likely === 0) return { quantile: () => 0, sd: 0, isBeyondReach: false }
  // Errors of the level, changes of the rate and its spread add up.
  const miss = Math.hypot(
    Math.max(minRelativeError, relativeErrorAtReach * Math.sqrt(likely / spanMs)),
    (noiseCorrelationFactor * noise) / trend.level,
  )
  const within = (p: number): number => {
    const other = Math.min(timeAt(p), maxRulFactor * likely)
    if (p < 0.5) return likely / (1 + Math.hypot(likely / other - 1, miss * normalQuantile(p)))
    return likely + Math.hypot(other - likely, likely * miss * normalQuantile(p))
  }
  return {
    quantile: within,
    sd: (within(0.84) - within(0.16)) / 2,
    isBeyondReach: likely > maxReachFactor * spanMs,
  }
}
