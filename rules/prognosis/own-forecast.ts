import { dayMs } from '../../lib/time.ts'
import type { Point } from '../detectors/bucketed-series.ts'
import type { Limit } from '../detectors/limit.ts'
import { lastRecoveryIndex, monotoneFit } from './degradation-path.ts'
import { normalQuantile } from './normal-distribution.ts'
import { estimateTrend, slopeQuantile, type Trend } from './trend.ts'

/** What a part's own course says of the way that is left. */
export interface OwnForecast {
  /** Where it stands, as a margin. */
  level: number
  /** Change of the margin. */
  slopePerDay: number
  /** Time to the limit from the last reading, ms; absent where the course does not lead there. */
  rul?: RulDistribution
}

export interface RulDistribution {
  /** The time within which it is reached with a probability p, ms. */
  quantile(p: number): number
  sd: number
  /** Further away than the course is long: a guess. */
  isBeyondReach: boolean
}

/** By which share of it the time that is left is missed when it is as long as what was seen, and at least. */
const [relativeErrorAtReach, minRelativeError] = [0.8, 0.2]
/** Of a normal distribution the mean distance times this is the standard deviation. */
const sdPerMeanAbsDeviation = 1.2533
/** Values stay beside their course for a while, so that averaging does not take it out. */
const noiseCorrelationFactor = 1.5
/** So many times the likely time is the longest that is told. */
const maxRulFactor = 10
/** So many times the length of what was seen is foreseen from it. */
const maxReachFactor = 2

/**
 * Extrapolates the own course: what is left of the margin at the paces it had over shorter and longer pasts.
 * @param windowMs how much of the past is looked at; all of it when absent
 * @returns undefined while too little is known for a trend
 */
export function forecastFromOwnPath(
  points: readonly Point[],
  limit: Limit,
  windowMs?: number,
): OwnForecast | undefined {
  const last = points.at(-1)?.[0] ?? 0
  const recent = windowMs === undefined ? points : points.filter(([ts]) => ts > last - windowMs)
  const margins = removeRecovery(recent.map(([ts, value]): Point => [ts, limit.margin(value)]))
  const spanMs = last - (margins[0]?.[0] ?? last)
  const trend = estimateTrend(margins, windowMs ?? spanMs)
  if (trend === undefined) return undefined
  const rul = rulDistributionOf(trend, { spanMs, noise: noiseSd(margins) })
  const slopePerDay = slopeQuantile(trend, 0.5) * dayMs
  return { level: trend.level, slopePerDay, ...(rul === undefined ? {} : { rul }) }
}

/** What was before a great recovery is moved to where it led: the pace of wear stays, the recovery goes. */
function removeRecovery(points: readonly Point[]): readonly Point[] {
  const margins = points.map(([, margin]) => margin)
  const at = lastRecoveryIndex(margins)
  const rise = (margins[at] ?? 0) - (margins[at - 1] ?? 0)
  return at === 0 ? points : points.map(([ts, margin], index) => [ts, index < at ? margin + rise : margin])
}

/** How far values lie beside the course that never gets better: noise, and recoveries that did not last. */
function noiseSd(points: readonly Point[]): number {
  const margins = points.map(([, margin]) => margin)
  const course = monotoneFit(margins)
  const sum = margins.reduce((all, margin, index) => all + Math.abs(margin - (course[index] ?? margin)), 0)
  return (sdPerMeanAbsDeviation * sum) / margins.length
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
  // A value may be off; the pace may change; and it was never one: these add up.
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
