import { normalQuantile } from '../prognosis/statistics/normal-distribution.ts'

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
]

/** Return the logarithm of the gamma function of x > 0 (C. Lanczos, 1964, with g = 7; relative error below 1e-14). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const t = x - 1 + 7.5
  const series = lanczos.reduce((sum, part, n) => sum + part / (x + n), 0.9999999999998099)
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(t) - t + Math.log(series)
}

/**
 * Return the quantile p of a gamma distribution of scale 1: E. B. Wilson and M. M. Hilferty, 1931 (error below 2 % of the
 * standard deviation from shape 1 on); below that shape the leading term of the series at 0, where it is less than the
 * median, and the cube root elsewhere.
 */
export function gammaQuantile(shape: number, p: number): number {
  const root = 1 - 1 / (9 * shape) + normalQuantile(p) / Math.sqrt(9 * shape)
  const cube = shape * Math.max(0, root) ** 3
  if (shape >= 1) return cube
  const atZero = Math.exp((Math.log(p) + logGamma(shape + 1)) / shape)
  return p < 0.5 ? atZero : Math.max(cube, atZero)
}
