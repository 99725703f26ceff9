import { predictLinear, ridgeRegression } from '../statistics/ridge-regression.ts'
import { type AgeOffset, ageOffsetFeatures } from './age-offset.ts'
import { type CalibrationCase, casesPerLifetime } from './calibration/calibration-cases.ts'
import type { Predictors } from './predictors.ts'

/** Width of the kernel over degradation age, as a share of a lifetime. */
const ageBandwidth = 0.1
/** Prior weight, in calibrated lifetimes. High for the constant: early ends come first, long lifetimes still run. */
const priorWeight = { late: 0.00125, pace: 0.001, drift: 0.000375, shift: 1 }
/** Prior coefficients: the offset stays as it is. */
const prior = {
  mean: [1, 0, 0, 0],
  priorWeight: [priorWeight.late, priorWeight.pace, priorWeight.drift, priorWeight.shift],
}

/**
 * Return the remaining time by the level, in shares of the usual lifetime. An age offset at a level partly stays (others took
 * as long from there), partly vanishes (a wrong gauge), partly grows (a slower part): the calibration cases of the finished
 * lifetimes decide which. One regression, local in age (W. S. Cleveland, JASA 74, 1979), has simple predictors as special
 * cases: mean lifetime, time of the peers from this level, and this scaled by the own rate.
 * @param without cluster of the cases to leave out
 */
export function forecastByLevel(
  { ageOffset, knowsAge }: Pick<Predictors, 'ageOffset' | 'knowsAge'>,
  cases: readonly CalibrationCase[],
  without?: unknown,
): number {
  const levelAge = ageOffset.age - ageOffset.offset
  const near: { x: readonly number[]; y: number; weight: number }[] = []
  for (const one of cases) {
    const { age, offset } = one.predictors.ageOffset
    const distance = (age - offset - levelAge) / ageBandwidth
    if (distance > 3 || distance < -3 || one.isCensored || one.cluster === without) continue
    if (knowsAge && !one.predictors.knowsAge) continue
    const weight = Math.exp(-0.5 * distance * distance) / casesPerLifetime
    near.push({ x: one.levelFeatures, y: age + one.remaining - 1, weight })
  }
  const coefficients = knowsAge ? ridgeRegression(near, prior) : prior.mean
  const { known, beyond } = clampToObserved(ageOffset, near)
  const eolOffset = beyond + predictLinear(coefficients, ageOffsetFeatures(known))
  return Math.max(0, 1 + eolOffset - ageOffset.age)
}

/** Clamp to 3 root mean squares of the cases, so as not to extrapolate: the excess of an offset stays unchanged. */
function clampToObserved(
  own: AgeOffset,
  near: readonly { x: readonly number[]; weight: number }[],
): { known: AgeOffset; beyond: number } {
  let [late, drift, lives] = [0, 0, 0]
  for (const { x, weight } of near) {
    late += weight * (x[0] ?? 0) ** 2
    drift += weight * (x[2] ?? 0) ** 2
    lives += weight
  }
  const within = (value: number, square: number): number => {
    const most = 3 * Math.sqrt(square / Math.max(lives, 1e-9))
    return Math.max(-most, Math.min(most, value))
  }
  const known = within(own.offset, late)
  const beyond = own.offset - known
  return { known: { age: own.age - beyond, offset: known, drift: within(own.drift, drift) }, beyond }
}
