import type { Lifetime } from '../../contract/lifetime.ts'
import type { Limit } from '../detectors/limit.ts'
import { quantitiesKey } from '../prognosis/cohort-time-scale.ts'
import type { DegradationAgeScale } from '../prognosis/degradation-age.ts'
import { ageScaleFor, type FittedModel, fitModel } from '../prognosis/fitted-model.ts'
import { type CalibrationCase, leaveCohortOutCases, leaveOneOutCases } from '../prognosis/leave-one-out.ts'

const modelCache = new WeakMap<readonly Lifetime[], Map<string, CalibratedModel>>()

/** Return the model of a list of lifetimes, fitted once per list; the list must not change afterwards. */
export function calibratedModelFor(lives: readonly Lifetime[], limit: Limit): CalibratedModel {
  const limits = modelCache.get(lives) ?? new Map<string, CalibratedModel>()
  modelCache.set(lives, limits)
  const key = `${limit.worseSign} ${limit.value}`
  const school = limits.get(key) ?? new CalibratedModel(lives, limit)
  limits.set(key, school)
  return school
}

/** Cached models fitted to a list of lifetimes, for one limit. */
class CalibratedModel {
  readonly fitted: FittedModel
  readonly #limit: Limit
  readonly #clocks = new Map<string, DegradationAgeScale | undefined>()
  readonly #known: ReadonlySet<string>
  readonly #cases: readonly CalibrationCase[]
  #casesOfStrangers: readonly CalibrationCase[] | undefined

  constructor(lives: readonly Lifetime[], limit: Limit) {
    this.#limit = limit
    this.fitted = fitModel(lives, limit)
    this.#known = new Set(lives.map(({ cohort }) => quantitiesKey(cohort)))
    this.#cases = leaveOneOutCases(this.fitted)
  }

  /** @param without index of the lifetime to leave out */
  ageScaleFor(cohort: Lifetime['cohort'], without?: number): DegradationAgeScale | undefined {
    // Names of cohorts make no difference, only their quantities.
    const key = `${quantitiesKey(cohort)} ${without}`
    if (!this.#clocks.has(key)) this.#clocks.set(key, ageScaleFor(this.fitted, cohort, without))
    return this.#clocks.get(key)
  }

  /** Return the calibration cases for a cohort: those of an unseen cohort leave out whole cohorts (less certain). */
  calibrationCasesFor(cohort: Lifetime['cohort'], without?: number): readonly CalibrationCase[] {
    const { lifetimes } = this.fitted
    const cases = this.#known.has(quantitiesKey(cohort)) ? this.#cases : this.#strangers()
    return without === undefined ? cases : cases.filter(({ lifetime }) => lifetime !== lifetimes[without])
  }

  /** Return the number of lifetimes that reached the limit. */
  finishedCount(without?: number): number {
    return this.fitted.passages.filter((one, index) => one.crossedAt !== undefined && index !== without)
      .length
  }

  #strangers(): readonly CalibrationCase[] {
    const { lifetimes } = this.fitted
    this.#casesOfStrangers ??= [...this.#known].flatMap((quantities) => {
      const isOne = ({ cohort }: Lifetime) => quantitiesKey(cohort) === quantities
      const [ones, others] = [lifetimes.filter(isOne), lifetimes.filter((life) => !isOne(life))]
      return leaveCohortOutCases(fitModel(ones, this.#limit), fitModel(others, this.#limit))
    })
    return this.#casesOfStrangers
  }
}
