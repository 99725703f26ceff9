import { normalQuantile } from './normal-distribution.ts'

/**
 * Return the quantile p of Student's t distribution (G. W. Hill, Algorithm 396, Communications of the ACM 13, 1970;
 * relative error below 1e-4 from 2 degrees of freedom on).
 * @param degrees degrees of freedom, at least 1; need not be whole
 */
export function studentQuantile(p: number, degrees: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, degrees)
  const tails = 2 * (1 - p)
  if (tails >= 1) return 0
  if (degrees <= 1) return 1 / Math.tan((tails * Math.PI) / 2)
  if (degrees === 2) return Math.sqrt(2 / (tails * (2 - tails)) - 2)
  return Math.sqrt(degrees * expansion(tails, degrees))
}

/** Return t² / n by the expansions of the algorithm, whose names these are. */
function expansion(tails: number, n: number): number {
  const a = 1 / (n - 0.5)
  const b = 48 / (a * a)
  const c = (((20_700 * a) / b - 98) * a - 16) * a + 96.36
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * n
  const y = (d * tails) ** (2 / n)
  if (y <= 0.05 + a) {
    const inner = ((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3
    return ((1 / inner + 0.5 / (n + 4)) * y - 1) * ((n + 1) / (n + 2)) + 1 / y
  }
  const x = normalQuantile(tails / 2)
  const square = x * x
  const smallSample = n < 5 ? 0.3 * (n - 4.5) * (x + 0.6) : 0
  const corrected = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c + smallSample
  const poly = ((((0.4 * square + 6.3) * square + 36) * square + 94.5) / corrected - square - 3) / b
  return Math.expm1(a * ((poly + 1) * x) ** 2)
}
