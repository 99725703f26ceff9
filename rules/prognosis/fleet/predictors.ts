import type { DegradationPath } from '../degradation-path.ts'
import { type AgeOffset, type AgeReference, estimateAgeOffset, usualAge } from './age-offset.ts'

/** What each simple predictor says of a part at one moment; times are shares of its usual lifetime. */
export interface Predictors {
  ageOffset: AgeOffset
  knowsAge: boolean
  /** Remaining time by level, at the rate of wear so far. */
  byRate: number
  /** Mean times of others at the levels to come, less half of the time spent at this one; absent where no other was there. */
  byDwell?: number
  /** Remaining time by the trend of its own path. */
  byTrend?: number
}

/** Shrinks a rate of wear that was seen over a small part of a lifetime. */
const rateShrinkage = 0.05

/**
 * Return the predictions at one reading, from the readings up to it.
 * @param reference with the time scale of the part itself
 * @param cohortTimeScale time scale of its cohort
 * @param trendRul remaining time by the own trend, ms
 */
export function predictorsAt(
  path: DegradationPath,
  last: number,
  {
    reference,
    cohortTimeScale,
    trendRul,
  }: { reference: AgeReference; cohortTimeScale: number; trendRul: number | undefined },
): Predictors {
  const { ageScale, timeScale } = reference
  const unitMs = timeScale * ageScale.typicalLifetimeMs
  const ageOffset = estimateAgeOffset(path, last, reference)
  const levelAge = ageOffset.age - ageOffset.offset
  const firstAge = path.since === undefined ? usualAge(ageScale, path.margins[0] ?? 0) : 0
  const progress = Math.max(0, levelAge - firstAge)
  const dwell = dwellSumAt(path, last, { reference, cohortTimeScale })
  return {
    ageOffset,
    knowsAge: path.since !== undefined,
    byRate: (Math.max(0, 1 - levelAge) * (ageOffset.age + rateShrinkage)) / (progress + rateShrinkage),
    ...(dwell === undefined ? {} : { byDwell: dwell / unitMs }),
    ...(trendRul === undefined ? {} : { byTrend: trendRul / unitMs }),
  }
}

/** Return the dwell sum, ms. */
function dwellSumAt(
  { times, margins }: DegradationPath,
  last: number,
  { reference: { dwellScale }, cohortTimeScale }: { reference: AgeReference; cohortTimeScale: number },
): number | undefined {
  if (dwellScale === undefined) return undefined
  const { levels, ages, typicalLifetimeMs } = dwellScale
  const margin = margins[last] ?? 0
  const next = levels.findIndex((level) => level < margin)
  if (next < 0) return 0
  const above = levels[next - 1] ?? Number.POSITIVE_INFINITY
  let entered = last
  while (entered > 0 && (margins[entered - 1] ?? 0) <= above) entered--
  const spent = (times[last] ?? 0) - (times[entered] ?? 0)
  return Math.max(0, (typicalLifetimeMs - (ages[next - 1] ?? 0)) * cohortTimeScale - spent / 2)
}
