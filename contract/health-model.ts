/**
 * Health index and remaining life of a part by several metrics, learned from other parts: plain data; `rules/health-index/` fits
 * and evaluates it. Times are shares of `typicalLife`.
 */
export interface HealthModel {
  metrics: readonly string[]
  /** Mean lifetime of the parts that ended, ms. */
  typicalLife: number
  /** Number of lifetimes that it was learned from. */
  ended: number
  running: number
  /** Of each feature of each metric: its mean, its mean in healthy parts, and the change of the index by it. */
  means: readonly number[]
  healthy: readonly number[]
  weights: readonly number[]
  /** Index of a part with mean features, and of parts at their end. */
  meanIndex: number
  endIndex: number
  /** Moments in the lifetimes of other parts: three coordinates and the remaining life, one after the other. */
  moments: readonly number[]
  /** Standard deviation of each coordinate. */
  scales: readonly number[]
  /** By predicted remaining life, lowest first: P10 and P90 of the error of such predictions for parts that were left out. */
  errors: readonly HealthError[]
}

export interface HealthError {
  predicted: number
  p10: number
  p90: number
}
