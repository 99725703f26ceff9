import type { CrossingForecast } from '../../contract/finding.ts'
import type { Lifetime, Point } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import type { ForecastRequest } from './degradation-path.ts'
import { type FleetForecast, forecastFromFleet } from './fleet-forecast.ts'
import { forecastFromOwnPath, type OwnForecast, type RulDistribution } from './own-forecast.ts'

/** Present level of the metric, from its own degradation path. */
interface CurrentLevel {
  /** Present level of the metric, without noise. */
  level: number
  /** From the recent own path; absent where it has none. */
  slopePerDay?: number
}

/** Forecast of when a metric will cross its limit. */
export type RulForecast =
  | (CurrentLevel & {
      is: 'known'
      crossing: CrossingForecast
      /** Weight of the fleet forecast, 0 … 1. */
      fleetShare: number
    })
  | (Partial<CurrentLevel> & {
      is: 'unknown'
      reason: 'too_few_readings' | 'too_little_wear' | 'too_uncertain'
    })

/** Number of finished lifetimes at which the fleet forecast has the same weight as the own forecast. */
const priorWeight = 0.1
/** With fewer points an outlier cannot be recognized. */
const minReadings = 3
/** Longer than the lifetime of any such part. */
const maxRulMs = 20 * 365 * dayMs

/**
 * Forecast when a metric crosses its limit. Two predictors, other lifetimes and the own degradation path, are
 * weighted by their precision, and their quantiles are averaged (R. Ratcliff, Psychological Bulletin 86, 1979). Finished
 * lifetimes also give the error of the fleet forecast; they leave little weight to the own path, a poor predictor.
 *
 * @param peers other lifetimes; pass the same unchanged array each time, so that the model is fitted only once
 */
export function forecastRul(
  own: Lifetime,
  peers: readonly Lifetime[],
  question: ForecastRequest,
): RulForecast {
  const seen = pointsUntil(own, question.now)
  const ownWay = forecastFromOwnPath(seen, question.limit, question.windowMs)
  return combineForecasts(
    seen,
    { own: ownWay, fleet: forecastFromFleet({ ...own, points: seen }, peers, question) },
    question,
  )
}

/** Return the forecast from the own degradation path alone. */
export function forecastRulFromOwnPath(
  own: Lifetime,
  _peers: readonly Lifetime[],
  question: ForecastRequest,
): RulForecast {
  const seen = pointsUntil(own, question.now)
  const ownWay = forecastFromOwnPath(seen, question.limit, question.windowMs)
  return combineForecasts(seen, { own: ownWay, fleet: undefined }, question)
}

/** Return the forecast from other lifetimes alone. */
export function forecastRulFromFleet(
  own: Lifetime,
  peers: readonly Lifetime[],
  question: ForecastRequest,
): RulForecast {
  const seen = pointsUntil(own, question.now)
  return combineForecasts(
    seen,
    { fleet: forecastFromFleet({ ...own, points: seen }, peers, question) },
    question,
  )
}

interface PredictorForecasts {
  own?: OwnForecast | undefined
  fleet: FleetForecast | undefined
}

function combineForecasts(
  seen: readonly Point[],
  { own: ownWay, fleet: fleetWay }: PredictorForecasts,
  { limit, now }: ForecastRequest,
): RulForecast {
  const last = seen.at(-1)
  if (last === undefined || seen.length < minReadings) return { is: 'unknown', reason: 'too_few_readings' }
  const level = ownWay?.level ?? limit.margin(last[1])
  const slopePerDay = ownWay === undefined ? undefined : -limit.worseSign * ownWay.slopePerDay
  const stand = { level: limit.fromMargin(level), ...(slopePerDay === undefined ? {} : { slopePerDay }) }
  const left = ownWay?.rul
  if (fleetWay === undefined) {
    if (ownWay === undefined) return { is: 'unknown', reason: 'too_few_readings' }
    if (left === undefined) return { is: 'unknown', reason: 'too_little_wear', ...stand }
    if (left.isBeyondReach) return { is: 'unknown', reason: 'too_uncertain', ...stand }
  }
  const fromPeers = fleetWeight(fleetWay, left)
  const at = (p: number): number => {
    const fleet = fleetWay === undefined || fromPeers === 0 ? 0 : fromPeers * fleetWay.quantile(p)
    const own = left === undefined || fromPeers === 1 ? 0 : (1 - fromPeers) * left.quantile(p)
    return Math.round(Math.min(now + maxRulMs, Math.max(now, last[0] + fleet + own)))
  }
  const crossing = { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
  if (crossing.p50 >= now + maxRulMs) return { is: 'unknown', reason: 'too_little_wear', ...stand }
  return { is: 'known', crossing, fleetShare: fromPeers, ...stand }
}

/** Return the weight by precision; the more finished lifetimes, the less weight for the own path. */
function fleetWeight(fleet: FleetForecast | undefined, own: RulDistribution | undefined): number {
  if (fleet === undefined) return 0
  if (own === undefined) return 1
  const variance = fleet.sd ** 2 + own.sd ** 2
  const shareOfOwn = variance === 0 ? 0.5 : fleet.sd ** 2 / variance
  return 1 - (shareOfOwn * priorWeight) / (priorWeight + fleet.effectiveLifetimes)
}

function pointsUntil({ points }: Lifetime, now: number): readonly Point[] {
  const last = points.at(-1)
  return last === undefined || last[0] <= now ? points : points.filter(([ts]) => ts <= now)
}
