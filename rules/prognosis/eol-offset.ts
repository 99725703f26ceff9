import { type AgeOffset, ageOffsetFeatures } from './age-offset.ts'
import { type CalibrationCase, casesPerLifetime } from './leave-one-out.ts'
import { type Observation, predictLinear, ridgeRegression } from './ridge-regression.ts'

/** How late the limit will be reached, in shares of a life. */
interface EolOffset {
  mean: number
  sd: number
  /** How many finished lives told so. */
  effectiveLifetimes: number
}

/** Looks back at lives that were about as worn teach the most: within this share of a life. */
const ageBandwidth = 0.1
/** Believed of a life that nobody looked back at: it stays as late as it is, within this much for a whole life to go. */
const priorSd = 0.25
/** How firmly, in lives looked back at. That all end early is believed last: those that last are not yet over. */
const priorWeight = { late: 0.00125, pace: 0.001, drift: 0.000375, shift: 1, sd: 0.05 }
/** Believed of how being late goes on: as it is. */
const prior = {
  mean: [1, 0, 0, 0],
  priorWeight: [priorWeight.late, priorWeight.pace, priorWeight.drift, priorWeight.shift],
}
/** Of a normal distribution the mean distance times this is the standard deviation; outliers weigh less so. */
const sdPerMeanAbsDeviation = 1.2533

/**
 * Being late at a level partly stays (others took as long from there), partly is made up for (the gauge was wrong),
 * partly grows (the part is simply slower): the finished lives, each looked back at on the clock of the others, tell
 * which. One regression, local in age (W. S. Cleveland, JASA 74, 1979), holds the simple prophets as special cases:
 * mean life, what peers took from this level, and this scaled by the own pace (to combine prophets by their errors:
 * J. M. Bates and C. W. J. Granger, Operational Research Quarterly 20, 1969). What it misses gives the interval.
 */
export function predictEolOffset(
  own: AgeOffset & { knowsAge: boolean },
  cases: readonly CalibrationCase[],
): EolOffset {
  const age = own.age - own.offset
  const near = cases.flatMap((one): Observation[] => {
    const distance = (one.age - age) / ageBandwidth
    if (Math.abs(distance) > 3 || (own.knowsAge && one.lifetime.startedAt === undefined)) return []
    return [
      { x: one.features, y: one.eolOffset, weight: Math.exp(-0.5 * distance * distance) / casesPerLifetime },
    ]
  })
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

/** What was seen is not carried further than it was seen: who is later than all of them stays as late beyond that. */
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
