import { leastSquares, predicted, type Seen } from './linear.ts'
import { type Case, looksBack } from './look-back.ts'
import { featuresOf, type Standing } from './standing.ts'

/** How late the limit will be reached, in shares of a life. */
interface Delay {
  mean: number
  sd: number
  /** How many finished lives told so. */
  lives: number
}

/** Looks back at lives that were about as worn teach the most: within this share of a life. */
const alike = 0.1
/** Believed of a life that nobody looked back at: it stays as late as it is, within this much for a whole life to go. */
const unknownSd = 0.25
/** How firmly, in lives looked back at. That all end early is believed last: those that last are not yet over. */
const firmness = { late: 0.00125, pace: 0.001, drift: 0.000375, shift: 1, sd: 0.05 }
/** Believed of how being late goes on: as it is. */
const belief = {
  mean: [1, 0, 0, 0],
  firmness: [firmness.late, firmness.pace, firmness.drift, firmness.shift],
}
/** Of a normal distribution the mean distance times this is the standard deviation; outliers weigh less so. */
const sdPerDistance = 1.2533

/**
 * Being late at a level partly stays (others took as long from there), partly is made up for (the gauge was wrong),
 * partly grows (the part is simply slower): the finished lives, each looked back at on the clock of the others, tell
 * which. One regression, local in age (W. S. Cleveland, JASA 74, 1979), holds the simple prophets as special cases:
 * mean life, what peers took from this level, and this scaled by the own pace (to combine prophets by their errors:
 * J. M. Bates and C. W. J. Granger, Operational Research Quarterly 20, 1969). What it misses gives the interval.
 */
export function delayOf(own: Standing & { knowsAge: boolean }, cases: readonly Case[]): Delay {
  const age = own.now - own.late
  const near = cases.flatMap((one): Seen[] => {
    const distance = (one.age - age) / alike
    if (Math.abs(distance) > 3 || (own.knowsAge && one.life.since === undefined)) return []
    return [{ x: one.features, y: one.end, weight: Math.exp(-0.5 * distance * distance) / looksBack }]
  })
  const coefficients = own.knowsAge ? leastSquares(near, belief) : belief.mean
  const before = unknownSd * Math.sqrt(Math.max(0.02, 1 - age))
  let [misses, lives] = [firmness.sd * before, 0]
  for (const { x, y, weight } of near) {
    misses += weight * Math.abs(y - predicted(coefficients, x)) * sdPerDistance
    lives += weight
  }
  const { known, beyond } = asSeen(own, near, lives)
  return {
    mean: beyond + predicted(coefficients, featuresOf(known)),
    sd: misses / (lives + firmness.sd),
    lives,
  }
}

/** What was seen is not carried further than it was seen: who is later than all of them stays as late beyond that. */
function asSeen(own: Standing, near: readonly Seen[], lives: number): { known: Standing; beyond: number } {
  let [late, drift] = [0, 0]
  for (const { x, weight } of near) {
    late += weight * (x[0] ?? 0) ** 2
    drift += weight * (x[2] ?? 0) ** 2
  }
  const within = (value: number, square: number): number => {
    const most = 3 * Math.sqrt(square / Math.max(lives, 1e-9))
    return Math.max(-most, Math.min(most, value))
  }
  const known = within(own.late, late)
  const beyond = own.late - known
  return { known: { now: own.now - beyond, late: known, drift: within(own.drift, drift) }, beyond }
}
