import { normalHazard } from './normal-distribution.ts'

/** Observations as columns of the same length. */
export interface Observations {
  /** One column for each regressor. */
  x: readonly Float64Array[]
  /** Outcome. */
  y: Float64Array
  /** How much each counts. */
  weight: Float64Array
  /** 1 where the outcome is only known to be greater, otherwise 0. */
  isCensored: Float64Array
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

const maxIterations = 7
/** Change of the coefficients, and relative one of the variance, below which iterations end. */
const stableChange = 2e-3
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
export function fitRegression(observations: Observations, prior: RegressionPrior): RegressionFit {
  const { y, isCensored } = observations
  const working = { ...observations, response: y.slice(), share: isCensored.map((is) => 1 - is) }
  let fit: RegressionFit = {
    coefficients: prior.mean,
    covariance: [],
    residualVariance: prior.residualSd ** 2,
    observed: 0,
  }
  for (let round = 0; round < maxIterations; round++) {
    const before = fit
    fit = improve(working, prior, before.residualVariance)
    // Not after the first round: weights and working responses are only set in it.
    if (round > 0 && isStable(fit, before)) break
  }
  return fit
}

function isStable(fit: RegressionFit, before: RegressionFit): boolean {
  const isSameWidth = Math.abs(fit.residualVariance / before.residualVariance - 1) < stableChange
  return (
    isSameWidth &&
    fit.coefficients.every((one, i) => Math.abs(one - (before.coefficients[i] ?? 0)) < stableChange)
  )
}

/** Observations with their state in the iterations, in place. */
interface Working extends Observations {
  /** Outcome, or the working response of a censored one. */
  response: Float64Array
  /** Factor on the weight: of an outlier, and of a censored outcome by how much it says. */
  share: Float64Array
}

function improve(working: Working, prior: RegressionPrior, variance: number): RegressionFit {
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
  { x, response, weight, share }: Working,
  mean: readonly number[],
  priorPrecision: readonly number[],
): { matrix: number[][]; right: number[] } {
  // Of each pair of regressors, the lower triangle.
  const products: number[] = []
  const [weights, weighted] = [new Float64Array(weight.length), new Float64Array(weight.length)]
  for (let n = 0; n < weights.length; n++) weights[n] = (weight[n] ?? 0) * (share[n] ?? 0)
  const right = x.map((column, i) => {
    for (let n = 0; n < weighted.length; n++) weighted[n] = (weights[n] ?? 0) * (column[n] ?? 0)
    for (let j = 0; j <= i; j++) products[i * x.length + j] = dot(weighted, x[j] ?? [])
    return (priorPrecision[i] ?? 0) * (mean[i] ?? 0) + dot(weighted, response)
  })
  const matrix = priorPrecision.map((precision, i) =>
    priorPrecision.map((_, j) => {
      const product = products[Math.max(i, j) * x.length + Math.min(i, j)] ?? 0
      return i === j ? precision + product : product
    }),
  )
  return { matrix, right }
}

/** Update the weights and working responses, and return the sum of the absolute deviations and of the weights. */
function reweight(
  { x, y, weight, isCensored, response, share }: Working,
  coefficients: readonly number[],
  variance: number,
): { deviation: number; observed: number } {
  const sd = Math.sqrt(variance)
  let [deviation, observed] = [0, 0]
  for (let n = 0; n < y.length; n++) {
    let expected = 0
    for (let i = 0; i < x.length; i++) expected += (coefficients[i] ?? 0) * (x[i]?.[n] ?? 0)
    const [miss, counts] = [(y[n] ?? 0) - expected, weight[n] ?? 0]
    if (isCensored[n] === 1) {
      const hazard = normalHazard(miss / sd)
      const says = Math.max(1e-6, hazard * (hazard - miss / sd))
      share[n] = says
      response[n] = expected + (sd * hazard) / says
      if (miss <= 0) continue
      deviation += counts * says * miss
      observed += counts * says
    } else {
      share[n] = 1 / (1 + (miss * miss) / (halfWeightAt * variance))
      deviation += counts * Math.abs(miss)
      observed += counts
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

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
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
