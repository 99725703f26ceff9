import type { Lifetime } from '../../../contract/lifetime.ts'
import type { Limit } from '../../detectors/limit.ts'
import { type DegradationPath, degradationPathOf } from '../degradation-path.ts'
import { CohortTimeScales, cohortSimilarity } from './cohort-time-scale.ts'
import {
  buildAgeScale,
  buildDwellScale,
  type DegradationAgeScale,
  type WeightedPassages,
} from './degradation-age.ts'
import { buildLevelGrid, type FirstPassages, firstPassagesOf, type LevelGrid } from './first-passage.ts'
import { fitTimeScales, type TimeScales } from './time-scales.ts'

/** Model fitted to lifetimes, for one limit. */
export interface FittedModel extends TimeScales {
  limit: Limit
  /** Length of the past from which own trends are estimated, ms; all of it when absent. */
  windowMs: number | undefined
  lifetimes: readonly Lifetime[]
  paths: readonly DegradationPath[]
  levelGrid: LevelGrid
  /** Deviation of the values from their degradation path, in the metric's unit. */
  noise: number
  passages: readonly FirstPassages[]
}

/** Time scales and degradation age depend on each other: number of iterations. */
const fitIterations = 6
/** They are stable when none has changed by more than this share. */
const stableChange = 0.01
/** Factor on the mean deviation: deviations from the path are correlated, so averaging does not remove them. */
const noiseCorrelationFactor = 3

export function fitModel(lifetimes: readonly Lifetime[], limit: Limit, windowMs?: number): FittedModel {
  const paths = lifetimes.map((life) => degradationPathOf(life, limit))
  const levelGrid = buildLevelGrid(paths)
  const passages = paths.map((path) => firstPassagesOf(path, levelGrid))
  const sum = passages.reduce((all, { noise }) => all + noise.sum, 0)
  const count = passages.reduce((all, { noise }) => all + noise.count, 0)
  let model: FittedModel = {
    limit,
    windowMs,
    lifetimes,
    paths,
    levelGrid,
    noise: (noiseCorrelationFactor * sum) / Math.max(1, count),
    passages,
    cohortTimeScales: new CohortTimeScales([]),
    unitTimeScales: lifetimes.map(() => 1),
    wearRateVariance: { lasting: 0, passing: 1 },
  }
  for (let round = 0; round < fitIterations; round++) {
    const ageScale = buildAgeScale(levelGrid.levels, passagesWeightedFor(model))
    if (ageScale === undefined) break
    const scales = fitTimeScales(model, ageScale)
    const isStable = isNearlySame(scales.unitTimeScales, model.unitTimeScales)
    model = { ...model, ...scales }
    if (isStable) break
  }
  return model
}

function isNearlySame(scales: readonly number[], before: readonly number[]): boolean {
  return scales.every((scale, index) => Math.abs(scale / (before[index] ?? 1) - 1) < stableChange)
}

/**
 * Return the degradation age for a cohort: similar cohorts have more weight.
 * @param without index of the lifetime to leave out
 */
export function ageScaleFor(
  model: FittedModel,
  cohort: Lifetime['cohort'],
  without?: number,
): DegradationAgeScale | undefined {
  return buildAgeScale(model.levelGrid.levels, passagesWeightedFor(model, cohort, without))
}

/** Return the mean times that others took from level to level, as they were seen, at the time scale of the cohort. */
export function dwellScaleFor(
  model: FittedModel,
  cohort: Lifetime['cohort'],
  without?: number,
): DegradationAgeScale | undefined {
  const { cohortTimeScales, lifetimes } = model
  const contributions = passagesWeightedFor(model, cohort, without, (index) =>
    cohortTimeScales.timeScaleOf(lifetimes[index]?.cohort ?? {}),
  )
  return buildDwellScale(model.levelGrid.levels, contributions)
}

/** Return the first passages with the weight of each for a cohort; without a cohort all are alike. */
function passagesWeightedFor(
  { lifetimes, passages, unitTimeScales }: FittedModel,
  cohort?: Lifetime['cohort'],
  without?: number,
  timeScaleOf: (index: number) => number = (index) => unitTimeScales[index] ?? 1,
): WeightedPassages[] {
  return passages.flatMap((one, index): WeightedPassages[] => {
    const life = lifetimes[index]
    if (life === undefined || index === without) return []
    const similarity = cohort === undefined ? 1 : cohortSimilarity(life.cohort, cohort)
    return [{ passages: one, weight: (life.weight ?? 1) * similarity, timeScale: timeScaleOf(index) }]
  })
}
