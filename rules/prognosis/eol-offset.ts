import { type AgeOffset, ageOffsetFeatures } from './age-offset.ts'
import { type CalibrationCase, casesPerLifetime } from './leave-one-out.ts'
import { type Observation, predictLinear, ridgeRegression } from './ridge-regression.ts'

/** How late the limit will be reached, in shares of a lifetime. */
interface EolOffset {
  mean: number
  sd: number
  /** Effective number of finished lifetimes used. */
  effectiveLifetimes: number
}

/** Width of the kernel over degradation age, as a share of a lifetime. */
const ageBandwidth = 0.1
/** Prior standard deviation of the change of the offset, for a whole lifetime that remains. */
const priorSd = 0.25
/** Prior weight, in calibrated lifetimes. High for the constant: early ends come first, long lifetimes still run. */
const priorWeight = { late: 0.00125, pace: 0.001, drift: 0.000375, shift: 1, sd: 0.05 }
/** Prior coefficients: the offset stays as it is. */
const prior = {
  mean: [1, 0, 0, 0],
  priorWeight: [priorWeight.late, priorWeight.pace, priorWeight.drift, priorWeight.shift],
}
/** Mean absolute deviation times this is the standard deviation of a normal distribution; robust against outliers. */
const sdPerMeanAbsDeviation = 1.2533

/**
 * Predict the end-of-life offset. An offset at a level partly stays (others took as long from there), partly vanishes
 * (a wrong gauge), partly grows (a slower part): the calibration cases of the finished lifetimes (leave-one-out) decide
 * which. One regression, local in age (W. S. Cleveland, JASA 74, 1979), has simple predictors as special cases:
 * mean lifetime, time of the peers from this level, and this scaled by the own rate (combining forecasts by error:
 * J. M. Bates and C. W. J. Granger, Operational Research Quarterly 20, 1969). Its residuals give the interval.
 */
export function predictEolOffset(
  own: AgeOffset & { knowsAge: boolean },
  cases: readonly CalibrationCase[],
): EolOffset {
  const age = own.age - own.offset
  const near: Observation[] = []
  for (const one of cases) {
    const distance = (one.age - age) / ageBandwidth
    if (Math.abs(distance) > 3 || (own.knowsAge && one.lifetime.startedAt === undefined)) continue
    const weight = Math.exp(-0.5 * distance * distance) / casesPerLifetime
    near.push({ x: one.features, y: one.eolOffset, weight })
  }
  const coefficients = own.knowsAge ? ridgeRegression(near, prior) : prior.mean
  const before = priorSd * Math.sqrt(Math.max(0.02, 1 - age))
  let [misses, lives] = [priorWeight.sd * before, 0]
  for (const { x, y, weight } of near) {
    misses += weight * Math.abs(y - predictLinear(coefficients, x)) * sdPerMeanAbsDeviation
    lives += weight
  }
  const { known, beyond } = clampToObserved(own, near, lives)
  return {
    mean: beyond + predictLinear(coefficients, ageOffsetFeatures(known)),
    sd: misses / (lives + priorWeight.sd),
    effectiveLifetimes: lives,
  }
}

/** Clamp to 3 root mean squares of the cases, so as not to extrapolate: the excess of an offset stays unchanged. */
function clampToObserved(
  own: AgeOffset,
  near: readonly Observation[],
  lives: number,
): { known: AgeOffset; beyond: number } {
  let [late, drift] = [0, 0]
  for (const { x, weight } of near) {
    late += weight * (x[0] ?? 0) ** 2
    drift += weight * (x[2] ?? 0) ** 2
  }
  const within = (value: number, square: number): number => {
    const most = 3 * Math.sqrt(square / Math.max(lives, 1e-9))
    return Math.max(-most, Math.min(most, value))
  }
  const known = within(own.offset, late)
  const beyond = own.offset - known
  return { known: { age: own.age - beyond, offset: known, drift: within(own.drift, drift) }, beyond }
}
