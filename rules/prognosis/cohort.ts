import type { Life } from '../../contract/lifetime.ts'
import { leastSquares } from './linear.ts'

type Cohort = Life['cohort']

/** How much less a life teaches the shape of wear for each quantity that differs, such as a dose or a size. */
const otherQuantity = 0.01
/** So many lives of the very same cohort are believed as much as what the others let expect of it. */
const doubt = 3
/** How firmly a quantity is believed not to matter. */
const firmness = 0.002

/** How much a life of one cohort teaches about the shape of wear in another, 0 … 1. Names alone say little of it. */
export function likeness(teacher: Cohort, learner: Cohort): number {
  let product = 1
  for (const key in learner) {
    if (teacher[key] !== learner[key] && quantityOf(learner[key]) !== undefined) product *= otherQuantity
  }
  return product
}

/** Equal for cohorts of the same quantities. */
export function quantitiesOf(cohort: Cohort): string {
  const quantities = Object.entries(cohort).filter(([, value]) => quantityOf(value) !== undefined)
  return JSON.stringify(quantities.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The logarithm of a quantity; `45-53` is a range and counts as its middle. Undefined for a name. */
export function quantityOf(value: string | number | undefined): number | undefined {
  if (typeof value === 'number') return value > 0 ? Math.log(value) : undefined
  const range = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(value ?? '')
  return range === null ? undefined : Math.log((Number(range[1]) + Number(range[2])) / 2)
}

/** A life whose pace was seen. */
interface Paced {
  cohort: Cohort
  /** Logarithm of how many times longer than usual it took. */
  pace: number
  /** Over how much of a whole life that was seen, 0 … 1. */
  seen: number
}

/**
 * Predicts how many times slower than usual a cohort wears: a power law in the quantities that all lives tell (the
 * inverse power law of accelerated life testing: W. Nelson, Accelerated Testing, 1990), corrected by the lives of
 * the very same cohort.
 */
export class Paces {
  readonly #lives: readonly Paced[]
  readonly #expected: (cohort: Cohort) => number

  constructor(lives: readonly Paced[]) {
    this.#lives = lives
    this.#expected = powerLaw(lives)
  }

  /** @param without the place of a life that must not teach now */
  slownessOf(cohort: Cohort, without?: number): number {
    const expected = this.#expected(cohort)
    let [sum, weight] = [0, doubt]
    this.#lives.forEach((life, index) => {
      if (index === without || !isSame(life.cohort, cohort)) return
      sum += life.seen * (life.pace - expected)
      weight += life.seen
    })
    return Math.exp(expected + sum / weight)
  }
}

function powerLaw(lives: readonly Paced[]): (cohort: Cohort) => number {
  const keys = [...new Set(lives.flatMap(({ cohort }) => Object.keys(cohort)))].filter((key) =>
    lives.every(({ cohort }) => quantityOf(cohort[key]) !== undefined),
  )
  const total = lives.reduce((sum, { seen }) => sum + seen, 0)
  const mean = (value: (life: Paced) => number) =>
    total === 0 ? 0 : lives.reduce((sum, life) => sum + value(life) * life.seen, 0) / total
  const middle = mean(({ pace }) => pace)
  const centre = keys.map((key) => mean(({ cohort }) => quantityOf(cohort[key]) ?? 0))
  const offset = (cohort: Cohort) =>
    keys.map((key, i) => (quantityOf(cohort[key]) ?? centre[i] ?? 0) - (centre[i] ?? 0))
  const powers = leastSquares(
    lives.map(({ cohort, pace, seen }) => ({ x: offset(cohort), y: pace - middle, weight: seen })),
    { mean: keys.map(() => 0), firmness: keys.map(() => firmness) },
  )
  return (cohort) => offset(cohort).reduce((sum, x, i) => sum + x * (powers[i] ?? 0), middle)
}

function isSame(a: Cohort, b: Cohort): boolean {
  for (const key in a) if (a[key] !== b[key]) return false
  for (const key in b) if (!(key in a)) return false
  return true
}
