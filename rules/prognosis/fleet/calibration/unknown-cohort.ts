import type { Lifetime } from '../../../../contract/lifetime.ts'
import { logQuantity, quantitiesKey } from '../cohort-time-scale.ts'
import type { FittedModel } from '../fitted-model.ts'
import type { WearRateVariance } from '../wear-rate.ts'
import {
  type CalibrationCase,
  leaveCohortOutCases,
  lifetimesAgainst,
  ratePairsOf,
} from './calibration-cases.ts'

type Cohort = Lifetime['cohort']

/** What no other lifetime shares with a part. */
export interface UnknownCohort {
  /** Keys with a value that no other lifetime has; or all quantities, where only their combination is new. */
  keys: readonly string[]
  isCombination: boolean
  /** True where other keys have known values. */
  isPartlyKnown: boolean
}

/** @returns undefined where other lifetimes are of this cohort */
export function unknownCohortOf(cohort: Cohort, others: readonly Lifetime[]): UnknownCohort | undefined {
  const keys = Object.keys(cohort).sort()
  const unknown = keys.filter((key) => others.every((life) => life.cohort[key] !== cohort[key]))
  if (unknown.length > 0)
    return { keys: unknown, isCombination: false, isPartlyKnown: unknown.length < keys.length }
  const own = quantitiesKey(cohort)
  if (others.some((life) => quantitiesKey(life.cohort) === own)) return undefined
  const quantities = keys.filter((key) => logQuantity(cohort[key]) !== undefined)
  return { keys: quantities, isCombination: true, isPartlyKnown: true }
}

/** What the lifetimes tell of cohorts that are as unknown. */
export interface StrangerCalibration {
  cases: CalibrationCase[]
  variance: WearRateVariance
}

/** Prior variances of the rate of wear over cohorts: of one unlike all others, and of a partly known one. */
const [priorStrangerVariance, priorPartlyKnownVariance] = [3, 0.05]
const priorPassingVariance = 0.04
/** Weight of these priors, in cohorts. */
const priorWeight = 0.5
const [leastLasting, leastPassing] = [0.001, 0.002]

/**
 * Forecast each cohort from all that differ from it as much as the unknown one does: how well that works, and how much rates of
 * wear differ between cohorts.
 * @param fitTo fits a model to some of the lifetimes
 */
export function calibrateForStrangers(
  lifetimes: readonly Lifetime[],
  unknown: UnknownCohort,
  fitTo: (some: readonly Lifetime[]) => FittedModel,
): StrangerCalibration {
  const { keys, isCombination, isPartlyKnown } = unknown
  const valuesOf = ({ cohort }: Lifetime) => JSON.stringify(keys.map((key) => cohort[key]))
  const cohorts = new Map(lifetimes.map((life) => [valuesOf(life), life.cohort]))
  const heldOut = [...cohorts].flatMap(([values, cohort]) => {
    const isOther = (life: Lifetime) =>
      isCombination ? valuesOf(life) !== values : keys.every((key) => life.cohort[key] !== cohort[key])
    const others = lifetimes.filter(isOther)
    if (others.length === 0) return []
    return [
      { values, ones: fitTo(lifetimes.filter((life) => valuesOf(life) === values)), others: fitTo(others) },
    ]
  })
  const variance = wearRateVarianceOf(
    heldOut.map(({ ones, others }) => lifetimesAgainst(ones, others).flatMap(ratePairsOf)),
    isPartlyKnown ? priorPartlyKnownVariance : priorStrangerVariance,
  )
  const cases = heldOut.flatMap(({ values, ones, others }) =>
    leaveCohortOutCases(ones, others, { cluster: values, variance }),
  )
  return { cases, variance }
}

/** Estimate by the method of moments: what lasts shows in the covariance of early and late rates. */
function wearRateVarianceOf(
  cohorts: readonly (readonly ReturnType<typeof ratePairsOf>[number][])[],
  priorLasting: number,
): WearRateVariance {
  let [lasting, passing, weight] = [
    priorWeight * priorLasting,
    priorWeight * priorPassingVariance,
    priorWeight,
  ]
  for (const pairs of cohorts) {
    if (pairs.length === 0) continue
    lasting += pairs.reduce((sum, { early, late }) => sum + early * late, 0) / pairs.length
    passing +=
      pairs.reduce((sum, { progress, early, late }) => sum + progress * early * (early - late), 0) /
      pairs.length
    weight += 1
  }
  return {
    lasting: Math.max(leastLasting, lasting / weight),
    passing: Math.max(leastPassing, passing / weight),
  }
}
