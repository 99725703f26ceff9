import type { ForecastAnswer } from '../figures/scored-forecast.ts'

/**
 * Return the quantile of a sample, ascending: the value at rank p (n + 1), interpolated, within the sample (definition 6 of R. J.
 * Hyndman and Y. Fan, The American Statistician 50, 1996).
 */
export function sampleQuantile(ascending: readonly number[], p: number): number {
  const rank = p * (ascending.length + 1) - 1
  const bounded = Math.max(0, Math.min(ascending.length - 1, rank))
  const [below, above] = [Math.floor(bounded), Math.ceil(bounded)]
  const [low = Number.NaN, high = low] = [ascending[below], ascending[above]]
  return low + (bounded - below) * (high - low)
}

/** Return the mean of two answers, of dates and, where both have them, of bounds; withheld where either is. */
export function meanOfAnswers(one: ForecastAnswer, other: ForecastAnswer): ForecastAnswer {
  if (one.is === 'withheld') return one
  if (other.is === 'withheld') return other
  const p50 = (one.p50 + other.p50) / 2
  if (one.p10 === undefined || one.p90 === undefined || other.p10 === undefined || other.p90 === undefined)
    return { is: 'date', p50 }
  return { is: 'date', p10: (one.p10 + other.p10) / 2, p50, p90: (one.p90 + other.p90) / 2 }
}
