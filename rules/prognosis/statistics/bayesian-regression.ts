import { normalHazard } from './normal-distribution.ts'

/** Observation: regressors, outcome, and how much it counts. */
export interface Observation {
  x: readonly number[]
  y: number
  weight: number
  /** True where the outcome is only known to be greater. */
  isCensored: boolean
}

/** What is assumed without observations. */
export interface RegressionPrior {
  mean: readonly number[]
  /** Of each coefficient. */
  sd: readonly number[]
  residualSd: number
}

export interface RegressionFit {
  coefficients: readonly number[]
  /** Covariance of the coefficients, in units of the residual variance. */
  covariance: readonly (readonly number[])[]
  residualVariance: number
  /** Sum of the weights of the outcomes that are known. */
  observed: number
}

const iterations = 7
/** Weight of the prior residual variance, in observations. */
const residualPriorWeight = 1
/** An observation this many residual variances away has half its weight. */
const halfWeightAt = 6
/** Mean absolute deviation times this is the standard deviation of a normal distribution; robust against outliers. */
const sdPerMeanAbsDeviation = 1.2533
const leastVariance = 1e-6

/**
 * Fit a linear regression with a normal prior of the coefficients (C. M. Bishop, Pattern Recognition and Machine Learning,
 * 2006, section 3.3). Outliers count less (iteratively reweighted least squares). A censored outcome counts as the
 * normal distribution beyond it says (J. Tobin, Econometrica 26, 1958, by Newton steps).
 */
export function fitRegression(observations: readonly Observation[], prior: RegressionPrior): RegressionFit {
  const working = observations.map(
    ({ x, y, weight, isCensored }): Working => ({
      x,
      y,
      bound: y,
      weight,
      share: isCensored ? 0 : 1,
      isCensored,
    }),
  )
  let fit: RegressionFit = {
    coefficients: prior.mean,
    covariance: [],
    residualVariance: prior.residualSd ** 2,
    observed: 0,
  }
  for (let round = 0; round < iterations; round++) fit = improve(working, prior, fit.residualVariance)
  return fit
}

/** Observation with its state in the iterations. */
interface Working {
  x: readonly number[]
  /** Outcome, or the working response of a censored one. */
  y: number
  bound: number
  weight: number
  /** Factor on the weight: of an outlier, and of a censored outcome by how much it says. */
  share: number
  isCensored: boolean
}

function improve(working: readonly Working[], prior: RegressionPrior, variance: number): RegressionFit {
  const priorPrecision = prior.sd.map((sd) => variance / sd ** 2)
  const { matrix, right } = normalEquations(working, prior.mean, priorPrecision)
  const covariance = invert(matrix)
  const coefficients = covariance.map((row) => dot(row, right))
  const { deviation, observed } = reweight(working, coefficients, variance)
  // The trace of the hat matrix: how many coefficients the observations have determined.
  const used = covariance.reduce((sum, row, i) => sum + 1 - (row[i] ?? 0) * (priorPrecision[i] ?? 0), 0)
  const fitted =
    (sdPerMeanAbsDeviation * deviation) ** 2 /
    Math.max(observed, 1e-9) /
    Math.max(observed - used, observed / 2, 1e-9)
  // The mean of the logarithms: variances of different metrics differ by orders of magnitude.
  const total = residualPriorWeight + observed
  const logVariance =
    residualPriorWeight * Math.log(prior.residualSd ** 2) +
    observed * Math.log(Math.max(fitted, leastVariance))
  return { coefficients, covariance, residualVariance: Math.exp(logVariance / total), observed }
}

function normalEquations(
  working: readonly Working[],
  mean: readonly number[],
  priorPrecision: readonly number[],
): { matrix: number[][]; right: number[] } {
  const matrix = priorPrecision.map((precision, i) => priorPrecision.map((_, j) => (i === j ? precision : 0)))
  const right = priorPrecision.map((precision, i) => precision * (mean[i] ?? 0))
  for (const { x, y, weight, share } of working) {
    matrix.forEach((row, i) => {
      const factor = weight * share * (x[i] ?? 0)
      right[i] = (right[i] ?? 0) + factor * y
      for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) + factor * (x[j] ?? 0)
    })
  }
  return { matrix, right }
}

/** Update the weights and working responses, and return the sum of the absolute deviations and of the weights. */
function reweight(
  working: readonly Working[],
  coefficients: readonly number[],
  variance: number,
): { deviation: number; observed: number } {
  const sd = Math.sqrt(variance)
  let [deviation, observed] = [0, 0]
  for (const one of working) {
    const expected = dot(coefficients, one.x)
    const miss = one.bound - expected
    if (one.isCensored) {
      const hazard = normalHazard(miss / sd)
      one.share = Math.max(1e-6, hazard * (hazard - miss / sd))
      one.y = expected + (sd * hazard) / one.share
      if (miss <= 0) continue
      deviation += one.weight * one.share * miss
      observed += one.weight * one.share
    } else {
      one.share = 1 / (1 + (miss * miss) / (halfWeightAt * variance))
      deviation += one.weight * Math.abs(miss)
      observed += one.weight
    }
  }
  return { deviation, observed }
}

/** Return the expected outcome and its variance, that of the coefficients included. */
export function predictOutcome(
  { coefficients, covariance, residualVariance }: RegressionFit,
  x: readonly number[],
): { mean: number; variance: number } {
  const uncertainty = covariance.reduce((sum, row, i) => sum + (x[i] ?? 0) * dot(row, x), 0)
  return { mean: dot(coefficients, x), variance: residualVariance * (1 + uncertainty) }
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** Invert by Gauss–Jordan elimination; the matrix is positive definite, so no pivoting is needed. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  rows.forEach((pivot, p) => {
    const divisor = pivot[p] ?? 1
    for (let c = 0; c < pivot.length; c++) pivot[c] = (pivot[c] ?? 0) / divisor
    rows.forEach((row, r) => {
      const factor = row[p] ?? 0
      if (r !== p) for (let c = 0; c < row.length; c++) row[c] = (row[c] ?? 0) - factor * (pivot[c] ?? 0)
    })
  })
  return rows.map((row) => row.slice(size))
}
