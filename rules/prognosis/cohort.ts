import { fit } from './linear.ts'
import type { Life } from './outlook.ts'

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

/** The logarithm of a quantity; `45-53` is a range and counts as its middle. Undefined for a name. */
export function quantityOf(value: string | number | undefined): number | undefined {
  if (typeof value === 'number') return value > 0 ? Math.log(value) : undefined
  const range = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(value ?? '')
  return range === null ? undefined : Math.log((Number(range[1]) + Number(range[2])) / 2)
}

/** A life whose pace was seen. */
export interface Paced {
  cohort: Cohort
  /** Logarithm of how many times longer than usual it took. */
  pace: number
  /** Over how much of a whole life that was seen, 0 … 1. */
  seen: number
}

export interface Pace {
  /** Logarithm of how many times longer than usual it takes. */
  log: number
  /** What is not known of it because its own cohort was seen too little. */
  variance: number
}

/**
 * Predicts the pace of a cohort: a power law in the quantities that all lives tell (the inverse power law of
 * accelerated life testing: W. Nelson, Accelerated Testing, 1990), corrected by the lives of the very same cohort.
 */
export class Paces {
  readonly #keys: readonly string[]
  readonly #lives: readonly Paced[]
  readonly #line: (cohort: Cohort) => number
  /** Variance of a cohort's pace about the line, with the cohort itself left out of it. */
  readonly #between: number

  constructor(lives: readonly Paced[]) {
    this.#lives = lives
    const keys = new Set(lives.flatMap(({ cohort }) => Object.keys(cohort)))
    this.#keys = [...keys].filter((key) => lives.every(({ cohort }) => quantityOf(cohort[key]) !== undefined))
    this.#line = this.#lineThrough(lives)
    this.#between = this.#keys.length === 0 ? 0 : this.#missOfLeftOut()
  }

  /** @param without the place of a life that must not teach now */
  of(cohort: Cohort, without = -1): Pace {
    const expected = this.#line(cohort)
    let [sum, weight] = [0, 0]
    this.#lives.forEach((life, index) => {
      if (index === without || !isSame(life.cohort, cohort)) return
      sum += life.seen * (life.pace - expected)
      weight += life.seen
    })
    const log = expected + sum / (weight + doubt)
    return { log, variance: (this.#between * doubt) / (weight + doubt) }
  }

  #lineThrough(lives: readonly Paced[]): (cohort: Cohort) => number {
    const quantities = (cohort: Cohort) => this.#keys.map((key) => quantityOf(cohort[key]))
    const all = lives.map(({ cohort, pace, seen }) => ({ x: quantities(cohort), y: pace, weight: seen }))
    const total = all.reduce((sum, { weight }) => sum + weight, 1e-12)
    const middle = all.reduce((sum, { y, weight }) => sum + y * weight, 0) / total
    const centre = this.#keys.map(
      (_, i) => all.reduce((sum, { x, weight }) => sum + (x[i] ?? 0) * weight, 0) / total,
    )
    const offset = (x: readonly (number | undefined)[]) => centre.map((c, i) => (x[i] ?? c) - c)
    const powers = fit(
      all.map(({ x, y, weight }) => ({ x: offset(x), y: y - middle, weight })),
      { mean: centre.map(() => 0), firmness: centre.map(() => firmness) },
    )
    return (cohort) => offset(quantities(cohort)).reduce((sum, x, i) => sum + x * (powers[i] ?? 0), middle)
  }

  #missOfLeftOut(): number {
    let [sum, weight] = [0, 1e-12]
    for (const { cohort } of this.#lives) {
      const [same, others] = [true, false].map((wanted) =>
        this.#lives.filter((life) => isSame(life.cohort, cohort) === wanted),
      )
      if (same === undefined || others === undefined || others.length === 0) continue
      const line = this.#lineThrough(others)
      const seen = same.reduce((total, life) => total + life.seen, 1e-12)
      const pace = same.reduce((total, life) => total + life.seen * life.pace, 0) / seen
      sum += (pace - line(cohort)) ** 2
      weight += 1
    }
    return sum / weight
  }
}

function isSame(a: Cohort, b: Cohort): boolean {
  for (const key in a) if (a[key] !== b[key]) return false
  for (const key in b) if (!(key in a)) return false
  return true
}
