import { type DegradationPath, lastRecoveryIndex } from '../degradation-path.ts'
import { type DegradationAgeScale, degradationAgeAt } from './degradation-age.ts'

/** Position of a part on the degradation age, in shares of the usual lifetime. */
export interface AgeOffset {
  /** Age; counted from the first reading where the beginning is unknown. */
  age: number
  /** Age offset: how much later than usual it reached its level; positive for a part that lasts longer. */
  offset: number
  /** Age offset over the longer past minus the present age offset. */
  drift: number
}

/** What others tell of a part's age at a level. */
export interface AgeReference {
  ageScale: DegradationAgeScale
  /** Mean times that others took from level to level. */
  dwellScale?: DegradationAgeScale | undefined
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
  const { ageScale, timeScale, halfStep, noise } = reference
  const { typicalLifetimeMs } = ageScale
  const begin = since ?? times[0] ?? 0
  const now = ((times[last] ?? begin) - begin) / timeScale / typicalLifetimeMs
  // Sums of weighted offsets and of weights: over the present, and over the longer past.
  let [shortSum, shortWeight, longSum, longWeight] = [0, 0, 0, 0]
  const first = lastRecoveryIndex(last === margins.length - 1 ? margins : margins.slice(0, last + 1))
  for (let index = last; index >= first; index--) {
    const age = ((times[index] ?? begin) - begin) / timeScale / typicalLifetimeMs
    if (now - age > 3 * longDecayShare) break
    const margin = margins[index] ?? 0
    // The usual age, averaged over half a step on each side, and its error from noise.
    const usual = (usualAge(ageScale, margin + halfStep) + usualAge(ageScale, margin - halfStep)) / 2
    const blur =
      (usualAge(ageScale, margin + (-halfStep - noise)) - usualAge(ageScale, margin + (halfStep + noise))) / 2
    const trust = 1 / (blur * blur + minAgeBlur * minAgeBlur)
    const short = trust * Math.exp((age - now) / shortDecayShare)
    const long = trust * Math.exp((age - now) / longDecayShare)
    shortSum += (age - usual) * short
    shortWeight += short
    longSum += (age - usual) * long
    longWeight += long
  }
  const offset = shortSum / shortWeight
  return { age: now, offset, drift: longSum / longWeight - offset }
}

/** Return the usual age at a margin, in shares of the usual lifetime. */
export function usualAge(ageScale: DegradationAgeScale, margin: number): number {
  return degradationAgeAt(ageScale, margin) / ageScale.typicalLifetimeMs
}

/** Least age for a rate of wear, as a share of a lifetime. */
const minAge = 0.05

/** Return the regressors: age offset, offset of a whole lifetime at this rate, change of the offset, and a constant. */
export function ageOffsetFeatures({ age, offset, drift }: AgeOffset): number[] {
  return [offset, offset / Math.max(minAge, age - offset), drift, 1]
}
