import type { HazardModel } from '../../contract/hazard-model.ts'
import { fitCohortWeibulls } from './fit-weibull.ts'
import { fitRidgeLogistic, linearPredictor } from './ridge-logistic.ts'

/** A counter of a part at one moment. */
export interface CounterLevel {
  level: number
  /** Increase within three of the model's intervals, or since it was first seen. */
  increase: number
}

/** What is known of a part at one moment. */
export interface PartState {
  /** Age, in the unit of the model. */
  age: number
  /** Group with a hazard of its own, such as the model. */
  cohort?: string
  /** By name; a counter that has not been seen is absent. */
  counters: Readonly<Record<string, CounterLevel>>
}

/** A part at one moment and what became of it. */
export interface HazardLook extends PartState {
  /** Age at which it failed, or was last seen running; above `age`. */
  until: number
  failed: boolean
  /** Number of parts that this one stands for. Default 1. */
  weight?: number
}

export interface HazardOptions {
  counters: readonly string[]
  /** Time within which a failure is to be predicted, in the unit of the ages: looks are this far apart. */
  interval: number
  /** Further times within which the probability of a failure is wanted. */
  horizons?: readonly number[]
}

/**
 * Penalty of each coefficient of a counter: as of a normal distribution with a standard deviation of 0.6. Disks that are left
 * out are predicted alike with 2 to 15.
 */
const counterPenalty = 3
/** Of those of age and cohort, which every look tells of: a standard deviation of 1.4. */
const backgroundPenalty = 0.5
const termsPerCounter = 3
/** Terms of age and of each counter should change the log-odds by a similar amount: counters grow by factors. */
const logScale = 2
/** Counters must have been watched for at least this share of an interval. */
const minExposure = 1e-3

/**
 * Fit the probability of a failure within one interval: a Weibull distribution of the age at failure, by cohort, and on top of it a
 * discrete-time logistic regression (D. R. Cox, Journal of the Royal Statistical Society B 34, 1972; P. D. Allison, Sociological
 * Methodology 13, 1982) on the level of each counter, its presence and its recent increase, on age and on cohort, all shrunk
 * towards no effect. Looks follow the part from its first
 * observation on, so late entry is taken into account. An interval that was observed in part counts by this part.
 */
export function fitHazardModel(
  looks: readonly HazardLook[],
  { counters, interval, horizons = [] }: HazardOptions,
): HazardModel {
  const base = {
    counters,
    interval,
    typicalAge: meanOf(looks, ({ age }) => age) || interval,
    ...fitBaseline(looks, interval),
    means: meanTerms(looks, counters),
  }
  const scale = weightScale(looks, interval)
  const watched = looks.filter(({ age, until }) => until - age > minExposure * interval)
  const trialOf = (look: HazardLook, horizon: number, x: ArrayLike<number>) => {
    const exposure = Math.min(1, (look.until - look.age) / horizon)
    const happened = failsWithin(look, horizon)
    // A failure ends the exposure: what counts is whether it came, so the interval is whole.
    return { x, happened, weight: (look.weight ?? 1) * scale, offset: happened ? 0 : Math.log(exposure) }
  }
  const rows = watched.map((look) => termsOf(base, look))
  const penalties = (rows[0] ?? termsOf(base, { age: base.typicalAge, counters: {} })).length
  const fit = fitRidgeLogistic(
    watched.map((look, n) => {
      const trial = trialOf(look, interval, rows[n] ?? [])
      return { ...trial, offset: trial.offset + baselineLogOdds(base, look) }
    }),
    Array.from({ length: penalties }, (_, n) =>
      n < counters.length * termsPerCounter ? counterPenalty : backgroundPenalty,
    ),
  )
  const fitted = { ...base, ...fit }
  const calibration = horizons
    .filter((horizon) => horizon !== interval)
    .map((horizon) => {
      const calibrated = fitRidgeLogistic(
        watched.map((look, n) => trialOf(look, horizon, [logOddsOf(fitted, look, rows[n])])),
        [minExposure],
      )
      return { horizon, intercept: calibrated.intercept, slope: calibrated.coefficients[0] ?? 1 }
    })
  return {
    ...fitted,
    calibration,
    looks: looks.length,
    failures: looks.filter((look) => failsWithin(look, interval)).length,
  }
}

/** Return the probability that a part fails within a time, in the unit of the model; also between its horizons. */
export function failureProbability(
  model: HazardModel,
  state: PartState,
  within: number = model.interval,
): number {
  const eta = logOddsOf(model, state)
  const known = [{ horizon: model.interval, intercept: 0, slope: 1 }, ...model.calibration]
  const nearest = known.reduce((best, each) =>
    Math.abs(Math.log(each.horizon / within)) < Math.abs(Math.log(best.horizon / within)) ? each : best,
  )
  const probability = 1 / (1 + Math.exp(-(nearest.intercept + nearest.slope * eta)))
  // The hazard is taken as constant from the nearest horizon to the one that is asked for.
  return 1 - (1 - probability) ** (within / nearest.horizon)
}

/** Return how much each counter, the age and the cohort raise the log-odds of a failure above those of a typical part. */
export function hazardContributions(model: HazardModel, state: PartState): Record<string, number> {
  const terms = termsOf(model, state)
  const sumOf = (from: number, count: number) =>
    Array.from(
      { length: count },
      (_, n) => (terms[from + n] ?? 0) * (model.coefficients[from + n] ?? 0),
    ).reduce((sum, each) => sum + each, 0)
  const counters = model.counters.map(
    (name, n) => [name, sumOf(n * termsPerCounter, termsPerCounter)] as const,
  )
  const age = model.counters.length * termsPerCounter
  return { ...Object.fromEntries(counters), age: sumOf(age, 2), cohort: sumOf(age + 2, model.cohorts.length) }
}

type Baseline = Pick<HazardModel, 'interval' | 'cohorts' | 'baseline'>

/** Fit the baseline to the intervals between looks: each is a lifetime that enters at its look. */
function fitBaseline(looks: readonly HazardLook[], interval: number): Pick<Baseline, 'cohorts' | 'baseline'> {
  const lifetimes = looks
    .filter(({ age, until }) => until > age)
    .map((look) => ({
      age: Math.min(look.until, look.age + interval),
      enteredAt: look.age,
      failed: failsWithin(look, interval),
      weight: look.weight ?? 1,
      cohort: look.cohort ?? '',
    }))
  const { pooled, cohorts, unseen } = fitCohortWeibulls(lifetimes)
  const names = [...cohorts.keys()].filter((name) => name !== '')
  return {
    cohorts: names,
    baseline: {
      shape: pooled.shape.value,
      scales: names.map((name) => (cohorts.get(name) ?? unseen).scale.value),
      otherScale: (cohorts.get('') ?? unseen).scale.value,
    },
  }
}

const leastProbability = 1e-9

/** Return the log-odds of a failure within one interval by age and cohort alone. */
function baselineLogOdds(
  { interval, cohorts, baseline: { shape, scales, otherScale } }: Baseline,
  { age, cohort = '' }: Pick<PartState, 'age' | 'cohort'>,
): number {
  const scale = scales[cohorts.indexOf(cohort)] ?? otherScale
  const from = Math.max(0, age) / scale
  const hazard = (from + interval / scale) ** shape - from ** shape
  const probability = Math.min(1 - leastProbability, Math.max(leastProbability, -Math.expm1(-hazard)))
  return Math.log(probability / (1 - probability))
}

type Fitted = Omit<HazardModel, 'calibration' | 'looks' | 'failures'>

function logOddsOf(model: Fitted, state: PartState, x: ArrayLike<number> = termsOf(model, state)): number {
  return linearPredictor([model.intercept, ...model.coefficients], {
    x,
    offset: baselineLogOdds(model, state),
  })
}

type Terms = Pick<HazardModel, 'counters' | 'typicalAge' | 'cohorts' | 'means'>

function termsOf({ counters, typicalAge, cohorts, means }: Terms, state: PartState): Float64Array {
  const terms = new Float64Array(counters.length * termsPerCounter + 2 + cohorts.length)
  counters.forEach((name, n) => {
    const counter = state.counters[name]
    if (counter === undefined) return
    const own = counterTerms(counter)
    for (let m = 0; m < termsPerCounter; m++)
      terms[n * termsPerCounter + m] = (own[m] ?? 0) - (means[n * termsPerCounter + m] ?? 0)
  })
  const age = counters.length * termsPerCounter
  const relative = Math.max(0, state.age) / typicalAge
  terms[age] = Math.log(relative + 0.05)
  terms[age + 1] = relative - 1
  cohorts.forEach((cohort, n) => {
    terms[age + 2 + n] = cohort === state.cohort ? 1 : 0
  })
  return terms
}

function counterTerms({ level, increase }: CounterLevel): [number, number, number] {
  const above = Math.max(0, level)
  return [Math.log1p(above) / logScale, above > 0 ? 1 : 0, Math.log1p(Math.max(0, increase)) / logScale]
}

function meanTerms(looks: readonly HazardLook[], counters: readonly string[]): number[] {
  return counters.flatMap((name) => {
    const seen = looks.flatMap(({ counters: { [name]: counter }, weight = 1 }) =>
      counter === undefined ? [] : [{ terms: counterTerms(counter), weight }],
    )
    return [0, 1, 2].map((n) => meanOf(seen, ({ terms }) => terms[n] ?? 0))
  })
}

function meanOf<T extends { weight?: number }>(items: readonly T[], amountOf: (item: T) => number): number {
  let [sum, weights] = [0, 0]
  for (const item of items) {
    sum += (item.weight ?? 1) * amountOf(item)
    weights += item.weight ?? 1
  }
  return weights > 0 ? sum / weights : 0
}

function failsWithin({ age, until, failed }: HazardLook, horizon: number): boolean {
  return failed && until - age <= horizon
}

/** Scale weights to the number of failures that carry the same information (Kish's effective sample size). */
function weightScale(looks: readonly HazardLook[], interval: number): number {
  let [sum, squares] = [0, 0]
  for (const look of looks) {
    if (!failsWithin(look, interval)) continue
    sum += look.weight ?? 1
    squares += (look.weight ?? 1) ** 2
  }
  return squares > 0 ? sum / squares : 1
}
