import type { Lifetime } from '../../contract/lifetime.ts'
import type { Limit } from '../detectors/limit.ts'
import { CohortTimeScales, cohortSimilarity } from './cohort-time-scale.ts'
import { buildAgeScale, type DegradationAgeScale, type WeightedPassages } from './degradation-age.ts'
import { type DegradationPath, degradationPathOf } from './degradation-path.ts'
import { buildLevelGrid, type FirstPassages, firstPassagesOf, type LevelGrid } from './first-passage.ts'

/** Model fitted to lifetimes, for one limit. */
export interface FittedModel {
  lifetimes: readonly Lifetime[]
  paths: readonly DegradationPath[]
  levelGrid: LevelGrid
  /** Deviation of the values from their degradation path, in the metric's unit. */
  noise: number
  passages: readonly FirstPassages[]
  cohortTimeScales: CohortTimeScales
  /** Per lifetime: how many times slower than the usual degradation age its cohort wears. */
  timeScales: readonly number[]
}

/** Time scales and degradation age depend on each other: number of iterations. */
const fitIterations = 3
/** A rate of wear seen over less than this share of a lifetime is shrunk towards the usual one. */
const minObservedShare = 0.02
/** Factor on the mean deviation: deviations from the path are correlated, so averaging does not remove them. */
const noiseCorrelationFactor = 3

export function fitModel(lifetimes: readonly Lifetime[], limit: Limit): FittedModel {
  const paths = lifetimes.map((life) => degradationPathOf(life, limit))
  const levelGrid = buildLevelGrid(paths)
  const passages = paths.map((path) => firstPassagesOf(path, levelGrid))
  const sum = passages.reduce((all, { noise }) => all + noise.sum, 0)
  const count = passages.reduce((all, { noise }) => all + noise.count, 0)
  const noise = (noiseCorrelationFactor * sum) / Math.max(1, count)
  const start: Omit<FittedModel, 'cohortTimeScales' | 'timeScales'> = {
    lifetimes,
    paths,
    levelGrid,
    noise,
    passages,
  }
  let model: FittedModel = {
    ...start,
    cohortTimeScales: new CohortTimeScales([]),
    timeScales: lifetimes.map(() => 1),
  }
  for (let round = 0; round < fitIterations; round++) {
    const cohortTimeScales = fitTimeScales(model)
    const timeScales = lifetimes.map(({ cohort }) => cohortTimeScales.timeScaleOf(cohort))
    model = { ...start, cohortTimeScales, timeScales }
  }
  return model
}

/**
 * Return the degradation age for a cohort: similar cohorts have more weight.
 * @param excludedIndex index of the lifetime to leave out
 */
export function ageScaleFor(
  { lifetimes, levelGrid, passages, timeScales }: FittedModel,
  cohort: Lifetime['cohort'],
  excludedIndex?: number,
): DegradationAgeScale | undefined {
  const contributions = passages.flatMap((passage, index): WeightedPassages[] => {
    const life = lifetimes[index]
    if (life === undefined || index === excludedIndex) return []
    return [
      { passages: passage, weight: cohortSimilarity(life.cohort, cohort), timeScale: timeScales[index] ?? 1 },
    ]
  })
  return buildAgeScale(levelGrid.levels, contributions)
}

/** Return the rate of wear of each lifetime, relative to the degradation age of all with equal weights. */
function fitTimeScales({
  lifetimes,
  levelGrid,
  passages,
  timeScales,
  cohortTimeScales,
}: FittedModel): CohortTimeScales {
  const contributions = passages.map(
    (passage, index): WeightedPassages => ({
      passages: passage,
      weight: 1,
      timeScale: timeScales[index] ?? 1,
    }),
  )
  const clock = buildAgeScale(levelGrid.levels, contributions)
  if (clock === undefined) return cohortTimeScales
  const least = minObservedShare * clock.typicalLifetimeMs
  return new CohortTimeScales(
    passages.map(({ dwellTimes, passed }, index) => {
      let [took, usual] = [0, 0]
      dwellTimes.forEach((time, k) => {
        const stay = (clock.ages[k] ?? 0) - (clock.ages[k - 1] ?? 0)
        took += time
        usual += passed[k] === 1 ? stay : Math.min(stay, time)
      })
      const logTimeScale = Math.log((took + least) / (usual + least))
      return {
        cohort: lifetimes[index]?.cohort ?? {},
        logTimeScale,
        observedShare: usual / clock.typicalLifetimeMs,
      }
    }),
  )
}
