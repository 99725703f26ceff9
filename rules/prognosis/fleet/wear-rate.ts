import type { DegradationPath } from '../degradation-path.ts'
import { type AgeReference, estimateAgeOffset, usualAge } from './age-offset.ts'

/** How far the rate of wear of a part so far tells that to come. */
export interface WearRateVariance {
  /** Variance of the logarithm of the lasting rate, over parts. */
  lasting: number
  /** Variance of the logarithm of the rate seen over a whole lifetime, around the lasting one. */
  passing: number
}

/** Time since the beginning, and how much of the degradation age passed in it, in shares of a usual lifetime. */
export interface WearProgress {
  elapsed: number
  progress: number
}

const leastProgress = 1e-3

export function wearProgressAt(path: DegradationPath, last: number, reference: AgeReference): WearProgress {
  const { age, offset } = estimateAgeOffset(path, last, reference)
  const firstAge = path.since === undefined ? usualAge(reference.ageScale, path.margins[0] ?? 0) : 0
  return { elapsed: age, progress: Math.max(0, age - offset - firstAge) }
}

/** Return which share of a deviation of the rate is expected to last, 0 … 1: more, the more of a lifetime it was seen. */
export function lastingShare({ lasting, passing }: WearRateVariance, progress: number): number {
  return lasting === 0 ? 0 : lasting / (lasting + passing / Math.max(progress, leastProgress))
}

/**
 * Return the reference with the time scale of a part itself: that of its cohort, corrected by its own rate of wear as far as
 * that is expected to last (best linear prediction of a random effect: G. K. Robinson, Statistical Science 6, 1991).
 */
export function withOwnTimeScale(
  path: DegradationPath,
  last: number,
  reference: AgeReference,
  variance: WearRateVariance,
): AgeReference {
  const { elapsed, progress } = wearProgressAt(path, last, reference)
  if (progress < leastProgress) return reference
  const logRate = Math.log((elapsed + leastProgress) / progress)
  return {
    ...reference,
    timeScale: reference.timeScale * Math.exp(lastingShare(variance, progress) * logRate),
  }
}
