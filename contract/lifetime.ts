/** Time, ms since 1970 UTC, and value in the metric's unit. */
export type Point = readonly [ts: number, value: number]

/** Observed course of one metric over the life of one part. */
export interface Lifetime {
  /** Identity of the part: a lifetime is excluded from its own forecast. */
  partId?: string
  /** Cohort keys: model, firmware, dose, particle size… The more are equal, the more weight one lifetime has for another. */
  cohort: Readonly<Record<string, string | number>>
  /** Installation of the part, ms since 1970 UTC; absent when unknown. */
  startedAt?: number
  /** Number of lifetimes of the fleet for which this one was sampled; absent: 1. */
  weight?: number
  /** Oldest first. A lifetime that never crossed the limit is right-censored. */
  points: readonly Point[]
}
