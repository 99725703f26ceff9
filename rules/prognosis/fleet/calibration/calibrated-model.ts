import type { Lifetime } from '../../../../contract/lifetime.ts'
import type { Limit } from '../../../detectors/limit.ts'
import { trendErrorFactor } from '../../own/own-trend.ts'
import type { AgeReference } from '../age-offset.ts'
import { quantitiesKey } from '../cohort-time-scale.ts'
import { type FittedModel, fitModel } from '../fitted-model.ts'
import type { WearRateVariance } from '../wear-rate.ts'
import { leaveOneOutCases, referenceFor } from './calibration-cases.ts'
import { type CalibrationSet, withForecastByLevel, withoutCluster } from './calibration-set.ts'
import { calibrateForStrangers, type UnknownCohort, unknownCohortOf } from './unknown-cohort.ts'

const modelCache = new WeakMap<readonly Lifetime[], Map<string, CalibratedModel>>()

/** Return the model of a list of lifetimes, fitted once per list; the list must not change afterwards. */
export function calibratedModelFor(
  lifetimes: readonly Lifetime[],
  limit: Limit,
  windowMs?: number,
): CalibratedModel {
  const models = modelCache.get(lifetimes) ?? new Map<string, CalibratedModel>()
  modelCache.set(lifetimes, models)
  const key = `${limit.worseSign} ${limit.value} ${windowMs}`
  const model = models.get(key) ?? new CalibratedModel(lifetimes, limit, windowMs)
  models.set(key, model)
  return model
}

/** What the lifetimes tell of the parts of a cohort. */
interface CohortKnowledge {
  cases: CalibrationSet
  wearRateVariance: WearRateVariance
  isStranger: boolean
}

/** Model fitted to a list of lifetimes, for one limit, with its errors on them. */
class CalibratedModel {
  readonly fitted: FittedModel
  /** How many times greater the squared error of own trends was than by their own account. */
  readonly trendErrorFactor: number
  readonly #references = new Map<string, AgeReference | undefined>()
  readonly #ofKnown: CohortKnowledge
  readonly #ofStrangers = new Map<string, CohortKnowledge>()

  constructor(lifetimes: readonly Lifetime[], limit: Limit, windowMs: number | undefined) {
    this.fitted = fitModel(lifetimes, limit, windowMs)
    const ends = this.fitted.passages.map(({ crossedAt }) => crossedAt)
    this.trendErrorFactor = trendErrorFactor(lifetimes, ends, { limit, windowMs })
    const cases = withForecastByLevel(leaveOneOutCases(this.fitted))
    this.#ofKnown = { cases, wearRateVariance: this.fitted.wearRateVariance, isStranger: false }
  }

  /** @param without index of the lifetime to leave out */
  referenceFor(cohort: Lifetime['cohort'], without?: number): AgeReference | undefined {
    // Names of cohorts make no difference, only their quantities.
    const key = `${quantitiesKey(cohort)} ${without}`
    if (!this.#references.has(key)) this.#references.set(key, referenceFor(this.fitted, cohort, without))
    return this.#references.get(key)
  }

  knowledgeOf(cohort: Lifetime['cohort'], without?: number): CohortKnowledge {
    const { lifetimes } = this.fitted
    const itself = without === undefined ? undefined : lifetimes[without]
    const others = itself === undefined ? lifetimes : lifetimes.filter((life) => life !== itself)
    const unknown = unknownCohortOf(cohort, others)
    const knowledge = unknown === undefined ? this.#ofKnown : this.#knowledgeOfStrangers(unknown)
    if (itself === undefined) return knowledge
    return { ...knowledge, cases: withoutCluster(knowledge.cases, itself) }
  }

  /** Return the number of lifetimes that reached the limit. */
  finishedCount(): number {
    return this.fitted.passages.filter(({ crossedAt }) => crossedAt !== undefined).length
  }

  #knowledgeOfStrangers(unknown: UnknownCohort): CohortKnowledge {
    const key = JSON.stringify(unknown)
    const known = this.#ofStrangers.get(key)
    if (known !== undefined) return known
    const { lifetimes, limit, windowMs } = this.fitted
    const { cases, variance } = calibrateForStrangers(lifetimes, unknown, (some) =>
      fitModel(some, limit, windowMs),
    )
    const knowledge = { cases: withForecastByLevel(cases), wearRateVariance: variance, isStranger: true }
    this.#ofStrangers.set(key, knowledge)
    return knowledge
  }
}
