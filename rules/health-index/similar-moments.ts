import { ridgeRegression } from '../prognosis/statistics/ridge-regression.ts'

/** Position of a part among others: index, its change by the long slopes, and the logarithm of its age. */
export type Coordinates = readonly [index: number, pace: number, logAge: number]

const coordinatesPerMoment = 3
/** Standard deviation of the weight of other moments, in their standard deviations. */
const bandwidth = 0.3
/** Weight of the most distant moments: a part unlike all others gets their overall trend. */
const leastWeight = 1e-9
/** Shrinks the local slopes. */
const slopePrior = 0.01

/**
 * Predict the remaining life of a part from moments in the lives of others, by local linear regression: the nearest ones count
 * most (W. S. Cleveland, Journal of the American Statistical Association 74, 1979; remaining lives of similar moments: T. Wang et
 * al., PHM 2008).
 * @param moments three coordinates and the remaining life, one after the other; not empty
 * @param scales standard deviation of each coordinate
 */
export function remainingLifeOfSimilar(
  [index, pace, logAge]: Coordinates,
  moments: readonly number[],
  scales: readonly number[],
): number {
  const [indexScale = 1, paceScale = 1, ageScale = 1] = scales
  const size = coordinatesPerMoment + 1
  const observations = []
  let total = 0
  for (let n = 0; n < moments.length; n += size) {
    const a = ((moments[n] ?? 0) - index) / indexScale
    const b = ((moments[n + 1] ?? 0) - pace) / paceScale
    const c = ((moments[n + 2] ?? 0) - logAge) / ageScale
    const weight = Math.exp(-(a * a + b * b + c * c) / (2 * bandwidth * bandwidth)) + leastWeight
    total += weight
    observations.push({ x: [1, a, b, c], y: moments[n + 3] ?? 0, weight })
  }
  const [level = 0] = ridgeRegression(observations, {
    mean: [0, 0, 0, 0],
    priorWeight: [0, ...new Array<number>(coordinatesPerMoment).fill(slopePrior * total)],
  })
  return level
}
