import type { Lifetime } from '../../contract/lifetime.ts'
import { type AgeReference, ageOffsetFeatures, estimateAgeOffset } from './age-offset.ts'
import type { DegradationPath } from './degradation-path.ts'
import { type FirstPassages, firstPassagesOf } from './first-passage.ts'
import { ageScaleFor, type FittedModel } from './fitted-model.ts'

/** Calibration case: the degradation age of a finished lifetime at one moment, and how late its end was. */
export interface CalibrationCase {
  lifetime: Lifetime
  /** Usual age at its level, as a share of a lifetime. */
  age: number
  features: readonly number[]
  /** How much later than usual it reached the limit, in shares of a lifetime. */
  eolOffset: number
}

/** Number of calibration cases per finished lifetime. */
export const casesPerLifetime = 12
const minReadings = 3

/** Create the cases of each finished lifetime from a model fitted to all others (leave-one-out). */
export function leaveOneOutCases(model: FittedModel): CalibrationCase[] {
  return model.lifetimes.flatMap((life, index) => {
    const [course, firstPassages] = [model.paths[index], model.passages[index]]
    if (course === undefined || firstPassages === undefined) return []
    const clock = ageScaleFor(model, life.cohort, index)
    const pace = model.cohortTimeScales.timeScaleOf(life.cohort, index)
    return clock === undefined
      ? []
      : calibrationCasesOf({ life, course, firstPassages }, { ...model, ageScale: clock, timeScale: pace })
  })
}

/** Create the cases of each finished lifetime from a model fitted to other cohorts (leave-one-cohort-out). */
export function leaveCohortOutCases(heldOut: FittedModel, model: FittedModel): CalibrationCase[] {
  return heldOut.lifetimes.flatMap((life, index) => {
    const course = heldOut.paths[index]
    const clock = ageScaleFor(model, life.cohort)
    if (course === undefined || clock === undefined) return []
    const firstPassages = firstPassagesOf(course, model.levelGrid)
    const pace = model.cohortTimeScales.timeScaleOf(life.cohort)
    return calibrationCasesOf({ life, course, firstPassages }, { ...model, ageScale: clock, timeScale: pace })
  })
}

function calibrationCasesOf(
  {
    life,
    course,
    firstPassages: { crossedAt },
  }: { life: Lifetime; course: DegradationPath; firstPassages: FirstPassages },
  {
    ageScale,
    timeScale,
    noise,
    levelGrid,
  }: Pick<FittedModel, 'noise' | 'levelGrid'> & Pick<AgeReference, 'ageScale' | 'timeScale'>,
): CalibrationCase[] {
  const begin = course.since ?? course.times[0]
  if (begin === undefined || crossedAt === undefined) return []
  const eolOffset = (crossedAt - begin) / timeScale / ageScale.typicalLifetimeMs - 1
  const reference: AgeReference = { ageScale, timeScale, noise, halfStep: levelGrid.halfStep }
  return Array.from(
    { length: casesPerLifetime },
    (_, n) => begin + ((crossedAt - begin) * (n + 1)) / (casesPerLifetime + 1),
  )
    .map((moment) => course.times.findLastIndex((ts) => ts <= moment))
    .filter((last) => last >= minReadings - 1)
    .map((last) => {
      const ageOffset = estimateAgeOffset(course, last, reference)
      return {
        lifetime: life,
        age: ageOffset.age - ageOffset.offset,
        features: ageOffsetFeatures(ageOffset),
        eolOffset,
      }
    })
}
