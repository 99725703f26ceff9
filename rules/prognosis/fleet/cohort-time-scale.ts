import type { Lifetime } from '../../../contract/lifetime.ts'
import { ridgeRegression } from '../statistics/ridge-regression.ts'

type Cohort = Lifetime['cohort']

/** Factor on the weight of a lifetime for each quantity that differs, such as a dose or a size. */
const quantityMismatchFactor = 0.01
/** Prior weight of the power law, in lifetimes of the same cohort. */
const priorLifetimes = 3
/** Prior weight of an exponent of 0: a quantity without effect. */
const priorWeight = 0.002

/** Return the weight of one cohort's lifetime for the degradation path of another, 0 … 1. Names are not compared. */
export function cohortSimilarity(from: Cohort, to: Cohort): number {
  let product = 1
  for (const key in to) {
    if (from[key] !== to[key] && logQuantity(to[key]) !== undefined) product *= quantityMismatchFactor
  }
  return product
}

/** Return a key that is equal for cohorts of the same quantities. */
export function quantitiesKey(cohort: Cohort): string {
  const quantities = Object.entries(cohort).filter(([, value]) => logQuantity(value) !== undefined)
  return JSON.stringify(quantities.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Return the logarithm of a quantity; a range such as `45-53` counts as its middle. Undefined for a name. */
export function logQuantity(value: string | number | undefined): number | undefined {
  if (typeof value === 'number') return value > 0 ? Math.log(value) : undefined
  const range = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(value ?? '')
  return range === null ? undefined : Math.log((Number(range[1]) + Number(range[2])) / 2)
}

/** Lifetime with a known rate of wear. */
interface ObservedTimeScale {
  cohort: Cohort
  /** Logarithm of its duration relative to the usual one. */
  logTimeScale: number
  /** Observed share of a whole lifetime, 0 … 1. */
  observedShare: number
}

/**
 * Predict how many times slower than usual a cohort wears: a power law in the quantities that all lifetimes have (the
 * inverse power law of accelerated life testing: W. Nelson, Accelerated Testing, 1990), corrected by the lifetimes of
 * the same cohort.
 */
export class CohortTimeScales {
  readonly #lives: readonly ObservedTimeScale[]
  readonly #expected: (cohort: Cohort) => number

  constructor(lives: readonly ObservedTimeScale[]) {
    this.#lives = lives
    this.#expected = fitPowerLaw(lives)
  }

  /** @param without index of the lifetime to leave out */
  timeScaleOf(cohort: Cohort, without?: number): number {
    const expected = this.#expected(cohort)
    let [sum, weight] = [0, priorLifetimes]
    this.#lives.forEach((life, index) => {
      if (index === without || !isSameCohort(life.cohort, cohort)) return
      sum += life.observedShare * (life.logTimeScale - expected)
      weight += life.observedShare
    })
    return Math.exp(expected + sum / weight)
  }
}

function fitPowerLaw(lives: readonly ObservedTimeScale[]): (cohort: Cohort) => number {
  const keys = [...new Set(lives.flatMap(({ cohort }) => Object.keys(cohort)))].filter((key) =>
    lives.every(({ cohort }) => logQuantity(cohort[key]) !== undefined),
  )
  const total = lives.reduce((sum, { observedShare }) => sum + observedShare, 0)
  const mean = (value: (life: ObservedTimeScale) => number) =>
    total === 0 ? 0 : lives.reduce((sum, life) => sum + value(life) * life.observedShare, 0) / total
  const middle = mean(({ logTimeScale }) => logTimeScale)
  const centre = keys.map((key) => mean(({ cohort }) => logQuantity(cohort[key]) ?? 0))
  const offset = (cohort: Cohort) =>
    keys.map((key, i) => (logQuantity(cohort[key]) ?? centre[i] ?? 0) - (centre[i] ?? 0))
  const powers = ridgeRegression(
    lives.map(({ cohort, logTimeScale: pace, observedShare: seen }) => ({
      x: offset(cohort),
      y: pace - middle,
      weight: seen,
    })),
    { mean: keys.map(() => 0), priorWeight: keys.map(() => priorWeight) },
  )
  return (cohort) => offset(cohort).reduce((sum, x, i) => sum + x * (powers[i] ?? 0), middle)
}

function isSameCohort(a: Cohort, b: Cohort): boolean {
  for (const key in a) if (a[key] !== b[key]) return false
  for (const key in b) if (!(key in a)) return false
  return true
}
