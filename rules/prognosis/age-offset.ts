import { type DegradationAgeScale, degradationAgeAt } from './degradation-age.ts'
import { type DegradationPath, lastRecoveryIndex } from './degradation-path.ts'

/** Where a part stands on a clock, in shares of the life that is usual there. */
export interface AgeOffset {
  /** Its age; counted from its first reading where its beginning is not known. */
  age: number
  /** How much later than usual it came to its level: positive for one that lasts. */
  offset: number
  /** How much later than usual it was in the longer past, less that. */
  drift: number
}

export interface AgeReference {
  ageScale: DegradationAgeScale
  /** How many times slower than the clock the part's cohort goes. */
  timeScale: number
  /** How far values lie beside their course. */
  noise: number
  /** Half of the finest step that values make. */
  halfStep: number
}

/** Shares of a life over which being late is remembered: for where it is now, and for where it was. */
const [shortDecayShare, longDecayShare] = [0.03, 0.15]
/** A level tells the age no better than to this share of a life: gauges have their whims. */
const minAgeBlur = 0.04

/**
 * Averages how late the part was over its readings up to one of them; a level that tells its age poorly counts less,
 * and what was before a great recovery not at all.
 */
export function estimateAgeOffset(
  { times, margins, since }: DegradationPath,
  last: number,
  reference: AgeReference,
): AgeOffset {
  const { ageScale: clock, timeScale: pace } = reference
  const begin = since ?? times[0] ?? 0
  const ageOf = (index: number) => ((times[index] ?? begin) - begin) / pace / clock.typicalLifetimeMs
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

/** The usual age at a margin, which stands for all within half a step, and how far noise moves it. */
function typicalAge(
  margin: number,
  { ageScale: clock, halfStep, noise }: AgeReference,
): { usual: number; blur: number } {
  const at = (by: number) => degradationAgeAt(clock, margin + by) / clock.typicalLifetimeMs
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

/** Younger than this a part has no pace. */
const minAge = 0.05

/** What a delay is told from: how late, how late for a whole life at this pace, how that came, and a constant. */
export function ageOffsetFeatures({ age: now, offset: late, drift }: AgeOffset): number[] {
  return [late, late / Math.max(minAge, now - late), drift, 1]
}
