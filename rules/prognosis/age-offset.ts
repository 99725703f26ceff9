import { type DegradationAgeScale, degradationAgeAt } from './degradation-age.ts'
import { type DegradationPath, lastRecoveryIndex } from './degradation-path.ts'

/** Position of a part on the degradation age, in shares of the usual lifetime. */
export interface AgeOffset {
  /** Age; counted from the first reading where the beginning is unknown. */
  age: number
  /** Age offset: how much later than usual it reached its level; positive for a part that lasts longer. */
  offset: number
  /** Age offset over the longer past minus the present age offset. */
  drift: number
}

export interface AgeReference {
  ageScale: DegradationAgeScale
  /** How many times slower than the usual degradation age the part's cohort wears. */
  timeScale: number
  /** Deviation of the values from their degradation path. */
  noise: number
  /** Half of the finest step between values. */
  halfStep: number
}

/** Averaging windows of the age offset, in shares of a lifetime: for the present and for the longer past. */
const [shortDecayShare, longDecayShare] = [0.03, 0.15]
/** Least standard deviation of the age at a level, as a share of a lifetime: gauges are inexact. */
const minAgeBlur = 0.04

/**
 * Average the age offset over the readings up to one of them; a level with an uncertain age counts less, and
 * readings before a great recovery are ignored.
 */
export function estimateAgeOffset(
  { times, margins, since }: DegradationPath,
  last: number,
  reference: AgeReference,
): AgeOffset {
  const { ageScale, timeScale } = reference
  const begin = since ?? times[0] ?? 0
  const ageOf = (index: number) => ((times[index] ?? begin) - begin) / timeScale / ageScale.typicalLifetimeMs
  const now = ageOf(last)
  const [short, long] = [new WeightedMean(), new WeightedMean()]
  const first = lastRecoveryIndex(margins.slice(0, last + 1))
  for (let index = last; index >= first; index--) {
    const age = ageOf(index)
    if (now - age > 3 * longDecayShare) break
    const { usual, blur } = typicalAge(margins[index] ?? 0, reference)
    const trust = 1 / (blur * blur + minAgeBlur * minAgeBlur)
    short.add(age - usual, trust * Math.exp((age - now) / shortDecayShare))
    long.add(age - usual, trust * Math.exp((age - now) / longDecayShare))
  }
  return { age: now, offset: short.value, drift: long.value - short.value }
}

/** Return the usual age at a margin, averaged over half a step on each side, and its error from noise. */
function typicalAge(
  margin: number,
  { ageScale, halfStep, noise }: AgeReference,
): { usual: number; blur: number } {
  const at = (by: number) => degradationAgeAt(ageScale, margin + by) / ageScale.typicalLifetimeMs
  return {
    usual: (at(halfStep) + at(-halfStep)) / 2,
    blur: (at(-halfStep - noise) - at(halfStep + noise)) / 2,
  }
}

class WeightedMean {
  #sum = 0
  #weight = 0

  add(value: number, weight: number): void {
    this.#sum += value * weight
    this.#weight += weight
  }

  get value(): number {
    return this.#sum / this.#weight
  }
}

/** Least age for a rate of wear, as a share of a lifetime. */
const minAge = 0.05

/** Return the regressors: age offset, offset of a whole lifetime at this rate, change of the offset, and a constant. */
export function ageOffsetFeatures({ age, offset, drift }: AgeOffset): number[] {
  return [offset, offset / Math.max(minAge, age - offset), drift, 1]
}
