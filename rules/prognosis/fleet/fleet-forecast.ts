import type { Lifetime } from '../../../contract/lifetime.ts'
import { degradationPathOf, type ForecastRequest } from '../degradation-path.ts'
import type { OwnTrend } from '../own/own-trend.ts'
import { calibratedModelFor } from './calibration/calibrated-model.ts'
import { combineForecasts } from './combined-forecast.ts'
import { unobservedFrom } from './degradation-age.ts'
import { predictorsAt } from './predictors.ts'
import { lastingShare, wearProgressAt, withOwnTimeScale } from './wear-rate.ts'

/** Forecast from other lifetimes, and from the own trend as far as it is worth something. */
export interface FleetForecast {
  /** Time from the last reading within which the limit is reached with probability p, ms. */
  quantile(p: number): number
  /** Weight of the own trend, 0 … 1. */
  trendShare: number
}

/**
 * Forecast from other lifetimes.
 * @param trend of the own path, where it counts, too
 * @returns undefined when the others cover less than half of the remaining path
 */
export function forecastFromFleet(
  own: Lifetime,
  peers: readonly Lifetime[],
  { limit, now, windowMs }: ForecastRequest,
  trend?: OwnTrend,
): FleetForecast | undefined {
  const path = degradationPathOf(own, limit, now)
  const last = path.times.length - 1
  const model = calibratedModelFor(peers, limit, windowMs)
  const itself = own.partId === undefined ? -1 : peers.findIndex(({ partId }) => partId === own.partId)
  const without = itself < 0 ? undefined : itself
  const ofCohort = model.referenceFor(own.cohort, without)
  if (ofCohort === undefined || last < 0) return undefined
  const { cases, wearRateVariance, isStranger } = model.knowledgeOf(own.cohort, without)
  const reference = withOwnTimeScale(path, last, ofCohort, wearRateVariance)
  const predictors = predictorsAt(path, last, {
    reference,
    cohortTimeScale: ofCohort.timeScale,
    trendRul: trend?.rul,
  })
  const { age, offset } = predictors.ageOffset
  const unseen =
    unobservedFrom(reference.ageScale, path.margins[last] ?? 0) / reference.ageScale.typicalLifetimeMs
  if (unseen > Math.max(0, 1 - age + offset) / 2) return undefined
  const familiarity = {
    lastingShare: lastingShare(wearRateVariance, wearProgressAt(path, last, ofCohort).progress),
    strangerVariance: isStranger ? wearRateVariance.lasting : undefined,
    trendVariance: model.trendErrorFactor * (trend?.relativeVariance ?? 1),
  }
  const combined = combineForecasts(predictors, cases, familiarity, trend !== undefined)
  const unitMs = reference.timeScale * reference.ageScale.typicalLifetimeMs
  return { quantile: (p) => unitMs * combined.quantile(p), trendShare: combined.trendShare }
}
