import { ExpectedError } from '../../lib/expected-error.ts'

/** What is known of the lifetime of one part: age in any unit that all parts of a call share (ms, hours, cycles). */
export interface ObservedLifetime {
  /** Age at failure, or the greatest age at which the part was seen running. */
  age: number
  /** False: censored at `age`. */
  failed: boolean
  /** Age from which the part was observed: parts that failed earlier were never seen (left truncation). Default 0. */
  enteredAt?: number
  /** Number of parts that this one stands for. Default 1. */
  weight?: number
  /** Group that may last longer or shorter than others: a model, a cohort. */
  cohort?: string
  /** Failure mode, where known. */
  mode?: string
}

/** A lifetime that cannot be: says which one, and why. */
export class LifetimeError extends ExpectedError {}

/** Lifetime with all defaults, and ages above 0. */
export interface PreparedLifetime {
  age: number
  failed: boolean
  enteredAt: number
  weight: number
  cohort: string
  mode: string
}

/**
 * Return the lifetimes with defaults. Weights are scaled to the number of parts that carry the same information (Kish's
 * effective sample size, of the failures where there are any), so that bounds do not shrink with the size of the fleet that
 * a sample stands for. An age of 0 becomes half the smallest one above 0: its logarithm is needed.
 * @throws LifetimeError for a negative or infinite age or weight, or an entry at or after the end
 */
export function prepareLifetimes(lifetimes: readonly ObservedLifetime[]): PreparedLifetime[] {
  lifetimes.forEach(validateLifetime)
  const least = lifetimes.reduce(
    (min, { age }) => (age > 0 && age < min ? age : min),
    Number.POSITIVE_INFINITY,
  )
  const youngest = Number.isFinite(least) ? least / 2 : 1
  const scale = weightScale(lifetimes)
  return lifetimes
    .filter(({ weight = 1 }) => weight > 0)
    .map(({ age, failed, enteredAt = 0, weight = 1, cohort = '', mode = '' }) => ({
      age: Math.max(age, youngest),
      failed,
      enteredAt,
      weight: weight * scale,
      cohort,
      mode,
    }))
}

function validateLifetime(lifetime: ObservedLifetime, index: number): void {
  const { age, enteredAt = 0, weight = 1 } = lifetime
  const reject = (problem: string) => {
    throw new LifetimeError(`lifetime ${index + 1}: ${problem}`)
  }
  if (!(age >= 0 && Number.isFinite(age))) reject(`the age ${age} must be a number from 0 on`)
  if (!(enteredAt >= 0 && (enteredAt < age || enteredAt === 0)))
    reject(`it was first observed at the age ${enteredAt}, which must be from 0 to below its end at ${age}`)
  if (!(weight >= 0 && Number.isFinite(weight))) reject(`the weight ${weight} must be a number from 0 on`)
}

function weightScale(lifetimes: readonly ObservedLifetime[]): number {
  const failures = lifetimes.filter(({ failed, weight = 1 }) => failed && weight > 0)
  let [sum, squares] = [0, 0]
  for (const { weight = 1 } of failures.length > 0 ? failures : lifetimes) {
    sum += weight
    squares += weight * weight
  }
  return squares > 0 ? sum / squares : 1
}
