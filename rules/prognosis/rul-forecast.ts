import type { CrossingForecast } from '../../contract/finding.ts'
import type { Lifetime, Point } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import type { ForecastRequest } from './degradation-path.ts'
import { type FleetForecast, forecastFromFleet } from './fleet/fleet-forecast.ts'
import { forecastFromOwnPath, type OwnForecast } from './own/own-forecast.ts'
import { ownTrendOf } from './own/own-trend.ts'

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

/** With fewer points an outlier cannot be recognized. */
const minReadings = 3
/** Longer than the lifetime of any such part. */
const maxRulMs = 20 * 365 * dayMs

/**
 * Forecast when a metric crosses its limit, from other lifetimes and from the own degradation path. The calibration cases of
 * the other lifetimes tell how much each is worth; without others it is the own path alone.
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
  const fleet = forecastFromFleet({ ...own, points: seen }, peers, question, ownTrendOf(ownWay?.rul))
  return rulForecastOf(seen, { own: ownWay, fleet }, question)
}

/** Return the forecast from the own degradation path alone. */
export function forecastRulFromOwnPath(
  own: Lifetime,
  _peers: readonly Lifetime[],
  question: ForecastRequest,
): RulForecast {
  const seen = pointsUntil(own, question.now)
  const ownWay = forecastFromOwnPath(seen, question.limit, question.windowMs)
  return rulForecastOf(seen, { own: ownWay, fleet: undefined }, question)
}

/** Return the forecast from other lifetimes alone. */
export function forecastRulFromFleet(
  own: Lifetime,
  peers: readonly Lifetime[],
  question: ForecastRequest,
): RulForecast {
  const seen = pointsUntil(own, question.now)
  const fleet = forecastFromFleet({ ...own, points: seen }, peers, question)
  return rulForecastOf(seen, { fleet }, question)
}

interface PredictorForecasts {
  own?: OwnForecast | undefined
  fleet: FleetForecast | undefined
}

function rulForecastOf(
  seen: readonly Point[],
  { own: ownWay, fleet: fleetWay }: PredictorForecasts,
  { limit, now }: ForecastRequest,
): RulForecast {
  const last = seen.at(-1)
  if (last === undefined || seen.length < minReadings) return { is: 'unknown', reason: 'too_few_readings' }
  const level = ownWay?.level ?? limit.margin(last[1])
  const slopePerDay = ownWay === undefined ? undefined : -limit.worseSign * ownWay.slopePerDay
  const stand = { level: limit.fromMargin(level), ...(slopePerDay === undefined ? {} : { slopePerDay }) }
  if (fleetWay === undefined) {
    if (ownWay === undefined) return { is: 'unknown', reason: 'too_few_readings' }
    if (ownWay.rul === undefined) return { is: 'unknown', reason: 'too_little_wear', ...stand }
    if (ownWay.rul.isBeyondReach) return { is: 'unknown', reason: 'too_uncertain', ...stand }
  }
  const left = fleetWay ?? ownWay?.rul
  const at = (p: number): number =>
    Math.round(Math.min(now + maxRulMs, Math.max(now, last[0] + (left?.quantile(p) ?? 0))))
  const crossing = { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
  if (crossing.p50 >= now + maxRulMs) return { is: 'unknown', reason: 'too_little_wear', ...stand }
  return { is: 'known', crossing, fleetShare: fleetWay === undefined ? 0 : 1 - fleetWay.trendShare, ...stand }
}

function pointsUntil({ points }: Lifetime, now: number): readonly Point[] {
  const last = points.at(-1)
  return last === undefined || last[0] <= now ? points : points.filter(([ts]) => ts <= now)
}
