import type { CrossingForecast } from '../../../contract/finding.ts'

/** Standard deviations between the median of a normal distribution and its 10th or 90th percentile. */
const sdToP10 = 1.2816

/**
 * Return the probability that a limit is crossed before a moment: a two-piece normal distribution through the P10, P50
 * and P90 of the forecast. Where a half has no width, or a negative one after rounding, it is a step at P50.
 * @param at ms since 1970 UTC
 */
export function crossingProbability({ p10, p50, p90 }: CrossingForecast, at: number): number {
  const sd = (at < p50 ? p50 - p10 : p90 - p50) / sdToP10
  if (sd <= 0) return at < p50 ? 0 : 1
  return normalCdf((at - p50) / sd)
}

/** Return the share of a standard normal distribution below x (Abramowitz and Stegun, 7.1.26; error below 1e-7). */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * z)
  const series = polynomial([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0], t)
  const tail = (series * Math.exp(-z * z)) / 2
  return x > 0 ? 1 - tail : tail
}

/** Return the hazard of a standard normal distribution at x: its density over the share above x. */
export function normalHazard(x: number): number {
  // Where the share above is too small for its approximation: Mills' ratio.
  if (x > 5) return x + 1 / x
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI) / (1 - normalCdf(x))
}

/** Return the quantile p of a standard normal distribution (P. J. Acklam, 2003; error below 1e-8). */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY
  if (p > 0.5) return -normalQuantile(1 - p)
  if (p < 0.02425) {
    const r = Math.sqrt(-2 * Math.log(p))
    return polynomial(tailNumerator, r) / polynomial(tailDenominator, r)
  }
  const q = p - 0.5
  return (polynomial(centralNumerator, q * q) * q) / polynomial(centralDenominator, q * q)
}

const tailNumerator = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const tailDenominator = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
const centralNumerator = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
]
const centralDenominator = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
]

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
}
