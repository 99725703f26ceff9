/** Probability of a failure of a part by its age, cohort and counters: plain data; `rules/survival/` fits and evaluates it. */
export interface HazardModel {
  counters: readonly string[]
  /** Time within which a failure is predicted, in the unit of the ages. */
  interval: number
  /** Age that the terms of age are relative to. */
  typicalAge: number
  cohorts: readonly string[]
  /** Weibull distribution that the other terms change: its shape, and its scale by cohort and for any other cohort. */
  baseline: { shape: number; scales: readonly number[]; otherScale: number }
  intercept: number
  coefficients: readonly number[]
  /** Means of the terms of each counter where it was seen: a counter that was not seen counts as this. */
  means: readonly number[]
  /** By horizon: intercept and slope over the linear predictor of one interval. */
  calibration: readonly { horizon: number; intercept: number; slope: number }[]
  /** Number of looks and of failures within one interval that it was fitted to. */
  looks: number
  failures: number
}
