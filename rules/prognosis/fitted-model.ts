import type { Lifetime } from '../../contract/lifetime.ts'
import type { Limit } from '../detectors/limit.ts'
import { CohortTimeScales, cohortSimilarity } from './cohort-time-scale.ts'
import { buildAgeScale, type DegradationAgeScale, type WeightedPassages } from './degradation-age.ts'
import { type DegradationPath, degradationPathOf } from './degradation-path.ts'
import { buildLevelGrid, type FirstPassages, firstPassagesOf, type LevelGrid } from './first-passage.ts'

/** What lives let one expect of others, for one limit. */
export interface FittedModel {
  lifetimes: readonly Lifetime[]
  paths: readonly DegradationPath[]
  levelGrid: LevelGrid
  /** How far values lie beside their course, in the metric's unit. */
  noise: number
  passages: readonly FirstPassages[]
  cohortTimeScales: CohortTimeScales
  /** How many times slower than the clock the cohort of each life goes. */
  timeScales: readonly number[]
}

/** Paces and the clock need each other: so often each is made anew from the other. */
const fitIterations = 3
/** A pace seen over less than this share of a life is drawn to the usual one. */
const minObservedShare = 0.02
/** Values keep some distance from their course that is of one piece, so that averaging does not take it out. */
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
 * The clock for a cohort: who is more alike teaches more.
 * @param excludedIndex the place of a life that must not teach now
 */
export function ageScaleFor(
  { lifetimes: lives, levelGrid: scale, passages, timeScales: slowness }: FittedModel,
  cohort: Lifetime['cohort'],
  excludedIndex?: number,
): DegradationAgeScale | undefined {
  const contributions = passages.flatMap((passage, index): WeightedPassages[] => {
    const life = lives[index]
    if (life === undefined || index === excludedIndex) return []
    return [
      { passages: passage, weight: cohortSimilarity(life.cohort, cohort), timeScale: slowness[index] ?? 1 },
    ]
  })
  return buildAgeScale(scale.levels, contributions)
}

/** How fast each life went, against a clock that all made alike. */
function fitTimeScales({
  lifetimes: lives,
  levelGrid: scale,
  passages,
  timeScales: slowness,
  cohortTimeScales: paces,
}: FittedModel): CohortTimeScales {
  const contributions = passages.map(
    (passage, index): WeightedPassages => ({ passages: passage, weight: 1, timeScale: slowness[index] ?? 1 }),
  )
  const clock = buildAgeScale(scale.levels, contributions)
  if (clock === undefined) return paces
  const least = minObservedShare * clock.typicalLifetimeMs
  return new CohortTimeScales(
    passages.map(({ dwellTimes: times, passed }, index) => {
      let [took, usual] = [0, 0]
      times.forEach((time, k) => {
        const stay = (clock.ages[k] ?? 0) - (clock.ages[k - 1] ?? 0)
        took += time
        usual += passed[k] === 1 ? stay : Math.min(stay, time)
      })
      const logTimeScale = Math.log((took + least) / (usual + least))
      return {
        cohort: lives[index]?.cohort ?? {},
        logTimeScale,
        observedShare: usual / clock.typicalLifetimeMs,
      }
    }),
  )
}
