import type { Lifetime } from '../../contract/lifetime.ts'
import { calibratedModelFor } from '../fleet-model/calibrated-model.ts'
import { estimateAgeOffset } from './age-offset.ts'
import { unobservedFrom } from './degradation-age.ts'
import { degradationPathOf, type ForecastRequest } from './degradation-path.ts'
import { predictEolOffset } from './eol-offset.ts'
import { truncatedNormalQuantile } from './normal-distribution.ts'

/** Forecast from other lifetimes. */
export interface FleetForecast {
  /** Time from the last reading within which the limit is reached with probability p, ms. */
  quantile(p: number): number
  /** ms */
  sd: number
  /** Effective number of finished lifetimes with calibration cases at about the same degradation age. */
  effectiveLifetimes: number
}

/** Share of a finished lifetime that counts at any one age; a single one has no leave-one-out case, but counts too. */
const shareSeenAtOneAge = 0.2

/** Return the forecast from other lifetimes; undefined when these cover less than half of the remaining path */
export function forecastFromFleet(
  own: Lifetime,
  peers: readonly Lifetime[],
  { limit, now }: ForecastRequest,
): FleetForecast | undefined {
  const course = degradationPathOf(own, limit, now)
  const last = course.times.length - 1
  const school = calibratedModelFor(peers, limit)
  const itself = own.partId === undefined ? -1 : peers.findIndex(({ partId }) => partId === own.partId)
  const without = itself < 0 ? undefined : itself
  const clock = school.ageScaleFor(own.cohort, without)
  if (clock === undefined || last < 0) return undefined
  const { levelGrid, noise, cohortTimeScales } = school.fitted
  const pace = cohortTimeScales.timeScaleOf(own.cohort, without)
  const ageOffset = estimateAgeOffset(course, last, {
    ageScale: clock,
    timeScale: pace,
    noise,
    halfStep: levelGrid.halfStep,
  })
  const knowsAge = own.startedAt !== undefined
  const delay = predictEolOffset({ ...ageOffset, knowsAge }, school.calibrationCasesFor(own.cohort, without))
  const mean = 1 + delay.mean - ageOffset.age
  const unseen = unobservedFrom(clock, course.margins[last] ?? 0) / clock.typicalLifetimeMs
  if (unseen > Math.max(0, mean) / 2) return undefined
  const sd = Math.hypot(delay.sd, unseen / 2)
  const lives = Math.max(delay.effectiveLifetimes, shareSeenAtOneAge * school.finishedCount(without))
  const unitMs = pace * clock.typicalLifetimeMs
  return {
    quantile: (p) => unitMs * truncatedNormalQuantile({ mean, sd }, p),
    sd: unitMs * sd,
    effectiveLifetimes: lives,
  }
}
