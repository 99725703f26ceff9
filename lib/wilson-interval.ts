/** A share with its confidence interval. All but `n` are null where `n` is 0. */
export interface Proportion {
  n: number
  /** 0 … 1. */
  value: number | null
  /** The ends of the interval. */
  low: number | null
  high: number | null
}

/** Quantile of the normal distribution for an interval of 95 %. */
const z = 1.959_963_984_540_054

/**
 * Return `hits` of `n` with the score interval at 95 %, which has the right coverage for small `n` and for shares near 0 and 1
 * (Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22, 209–212).
 * @param hits whole, 0 … n
 */
export function wilsonInterval(hits: number, n: number): Proportion {
  if (n === 0) return { n, value: null, low: null, high: null }
  const share = hits / n
  const center = share + z ** 2 / (2 * n)
  const halfWidth = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  const denominator = 1 + z ** 2 / n
  // The ends are exact for 0 and `n` hits; rounding would miss them by 1e-17.
  const low = hits === 0 ? 0 : Math.max(0, (center - halfWidth) / denominator)
  const high = hits === n ? 1 : Math.min(1, (center + halfWidth) / denominator)
  return { n, value: share, low, high }
}
