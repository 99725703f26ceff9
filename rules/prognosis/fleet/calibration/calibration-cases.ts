import type { Lifetime } from '../../../../contract/lifetime.ts'
import type { Limit } from '../../../detectors/limit.ts'
import type { DegradationPath } from '../../degradation-path.ts'
import { ownTrendAt } from '../../own/own-trend.ts'
import { type AgeReference, ageOffsetFeatures } from '../age-offset.ts'
import { type FirstPassages, firstPassagesOf } from '../first-passage.ts'
import { ageScaleFor, dwellScaleFor, type FittedModel } from '../fitted-model.ts'
import { type Predictors, predictorsAt } from '../predictors.ts'
import { type WearProgress, type WearRateVariance, wearProgressAt, withOwnTimeScale } from '../wear-rate.ts'

/** Calibration case: what the predictors said of a lifetime at one moment, and how long it went on. */
export interface CalibrationCase {
  /** The cases of one cluster together count as one: a lifetime, or all of a cohort that was left out as a whole. */
  cluster: unknown
  predictors: Predictors
  /** Regressors of the forecast by level. */
  levelFeatures: readonly number[]
  /** Time to the limit, or to the end of the record, in shares of the usual lifetime of the part. */
  remaining: number
  /** True where the record ended first: it takes longer. */
  isCensored: boolean
}

/** Number of calibration cases per lifetime; denser towards its end, where alarms are decided. */
export const casesPerLifetime = 12
const minReadings = 3

/** Create the cases of each lifetime from a model fitted to all others (leave-one-out). */
export function leaveOneOutCases(model: FittedModel): CalibrationCase[] {
  return model.lifetimes.flatMap((life, index) => {
    const reference = referenceFor(model, life.cohort, index)
    const [path, passages] = [model.paths[index], model.passages[index]]
    if (reference === undefined || path === undefined || passages === undefined) return []
    return casesOf({ life, path, passages, cluster: life }, { ...model, reference })
  })
}

/**
 * Create the cases of the lifetimes of one cohort from a model fitted to other cohorts (leave-one-cohort-out).
 * @param variance of the rate of wear over cohorts
 */
export function leaveCohortOutCases(
  heldOut: Pick<FittedModel, 'lifetimes' | 'paths'>,
  model: FittedModel,
  { cluster, variance }: { cluster: unknown; variance: WearRateVariance },
): CalibrationCase[] {
  return lifetimesAgainst(heldOut, model).flatMap((one) =>
    casesOf({ ...one, cluster }, { ...model, reference: one.reference, wearRateVariance: variance }),
  )
}

/** Lifetime with its path, as a model of others sees it. */
interface LifetimeAgainst {
  life: Lifetime
  path: DegradationPath
  passages: FirstPassages
  reference: AgeReference
}

/** Return the lifetimes of one cohort as a model of other cohorts sees them. */
export function lifetimesAgainst(
  heldOut: Pick<FittedModel, 'lifetimes' | 'paths'>,
  model: FittedModel,
): LifetimeAgainst[] {
  return heldOut.lifetimes.flatMap((life, index) => {
    const [path, reference] = [heldOut.paths[index], referenceFor(model, life.cohort)]
    if (path === undefined || reference === undefined) return []
    return [{ life, path, passages: firstPassagesOf(path, model.levelGrid), reference }]
  })
}

/** @param without index of the lifetime to leave out */
export function referenceFor(
  model: FittedModel,
  cohort: Lifetime['cohort'],
  without?: number,
): AgeReference | undefined {
  const ageScale = ageScaleFor(model, cohort, without)
  if (ageScale === undefined) return undefined
  return {
    ageScale,
    dwellScale: dwellScaleFor(model, cohort, without),
    timeScale: model.cohortTimeScales.timeScaleOf(cohort, without),
    noise: model.noise,
    halfStep: model.levelGrid.halfStep,
  }
}

interface CaseOptions {
  reference: AgeReference
  wearRateVariance: WearRateVariance
  limit: Limit
  windowMs: number | undefined
}

function casesOf(
  { life, path, passages: { crossedAt }, cluster }: Omit<LifetimeAgainst, 'reference'> & { cluster: unknown },
  { reference, wearRateVariance, limit, windowMs }: CaseOptions,
): CalibrationCase[] {
  const end = crossedAt ?? path.times.at(-1) ?? 0
  return momentsOf(path, end).map((last) => {
    const own = withOwnTimeScale(path, last, reference, wearRateVariance)
    const predictors = predictorsAt(path, last, {
      reference: own,
      cohortTimeScale: reference.timeScale,
      trendRul: ownTrendAt(life, last, { limit, windowMs })?.rul,
    })
    return {
      cluster,
      predictors,
      levelFeatures: ageOffsetFeatures(predictors.ageOffset),
      remaining: (end - (path.times[last] ?? 0)) / own.timeScale / own.ageScale.typicalLifetimeMs,
      isCensored: crossedAt === undefined,
    }
  })
}

/** Return the indices of the readings at which a lifetime is looked at. */
function momentsOf({ since, times }: DegradationPath, end: number): number[] {
  const begin = since ?? times[0] ?? end
  const lasts = Array.from({ length: casesPerLifetime }, (_, n) => {
    const moment = end - (end - begin) * (1 - (n + 1) / (casesPerLifetime + 1)) ** 1.5
    return times.findLastIndex((ts) => ts <= moment)
  })
  return [...new Set(lasts)].filter((last) => last >= minReadings - 1)
}

/** The rate of wear until a moment, and the one from there to the end. */
export interface RatePair extends WearProgress {
  /** Logarithms; 0 is usual. */
  early: number
  late: number
}

const [leastProgress, leastRemaining] = [0.05, 0.1]
const maxLogRate = 2
/** Added to times near the end, in shares of a lifetime: their ratio says little. */
const nearEnd = 0.02

/** Return the rates of wear of a finished lifetime before and after each moment, against a model of others. */
export function ratePairsOf({ path, passages: { crossedAt }, reference }: LifetimeAgainst): RatePair[] {
  if (crossedAt === undefined) return []
  const unitMs = reference.timeScale * reference.ageScale.typicalLifetimeMs
  const bounded = (ratio: number) => Math.max(-maxLogRate, Math.min(maxLogRate, Math.log(ratio)))
  return momentsOf(path, crossedAt).flatMap((last) => {
    const { elapsed, progress } = wearProgressAt(path, last, reference)
    const { ageOffset } = predictorsAt(path, last, {
      reference,
      cohortTimeScale: reference.timeScale,
      trendRul: undefined,
    })
    const usual = Math.max(0, 1 - ageOffset.age + ageOffset.offset)
    if (progress < leastProgress || usual < leastRemaining) return []
    const remaining = (crossedAt - (path.times[last] ?? 0)) / unitMs
    const late = bounded((remaining + nearEnd) / (usual + nearEnd))
    return [{ elapsed, progress, early: bounded(elapsed / progress), late }]
  })
}
