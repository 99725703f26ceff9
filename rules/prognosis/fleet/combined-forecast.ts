import {
  fitRegression,
  predictOutcome,
  type RegressionFit,
  type RegressionPrior,
} from '../statistics/bayesian-regression.ts'
import { studentQuantile } from '../statistics/student-t.ts'
import {
  type CalibrationSet,
  nearEnd,
  observationsNear,
  type Regressor,
  regressorValue,
} from './calibration/calibration-set.ts'
import { forecastByLevel } from './level-forecast.ts'
import type { Predictors } from './predictors.ts'

/** Remaining time, in shares of the usual lifetime of the part. */
export interface CombinedForecast {
  quantile(p: number): number
  sd: number
  /** Weight of the own trend, 0 … 1. */
  trendShare: number
}

/** How much is known of a part's cohort and of its own path. */
export interface Familiarity {
  /** Share of a deviation of its rate of wear that is expected to last, 0 … 1. */
  lastingShare: number
  /** Variance of the logarithm of the time scale of its cohort, where no other lifetime is of it. */
  strangerVariance: number | undefined
  /** Expected squared relative error of its own trend. */
  trendVariance: number
}

/** Prior coefficients: they say little, the cases decide. */
const prior: Readonly<Record<Regressor, { mean: number; sd: number }>> = {
  bias: { mean: 0, sd: 0.15 },
  dwell: { mean: 0.15, sd: 0.25 },
  rate: { mean: 0, sd: 0.2 },
  trend: { mean: 0, sd: 0.2 },
}
/** Prior relative error, for a part of a known and of an unknown cohort. */
const [knownSd, strangerSd] = [0.35, 0.5]
/** Variance of the time scale at which half of the prior is that of an unknown cohort. */
const halfStrangerVariance = 0.3
/** Squared relative error of a forecast at the own rate: the shape of the path is that of others. */
const shapeVariance = 0.3
/** Degrees of freedom of the prior. */
const priorDegrees = 3

/**
 * Combine the predictors by their errors on the calibration cases (J. M. Bates and C. W. J. Granger, Operational Research
 * Quarterly 20, 1969): a regression of the relative error of the forecast by level, local in the remaining time. Its residuals,
 * the uncertainty of the weights and the number of lifetimes give the interval (Student's t).
 * @param withTrend false for the forecast from others alone
 */
export function combineForecasts(
  own: Predictors,
  cases: CalibrationSet,
  familiarity: Familiarity,
  withTrend: boolean,
): CombinedForecast {
  const byLevel = forecastByLevel(own, cases.all)
  const regressors = regressorsFor(own, familiarity, withTrend)
  const fit = fitRegression(
    observationsNear(cases.forecasts, byLevel, regressors),
    priorOf(regressors, familiarity, own.byTrend !== undefined && withTrend),
  )
  const scale = byLevel + nearEnd
  const { mean, variance } = predictOutcome(
    fit,
    regressors.map((name) => regressorValue(name, own, byLevel)),
  )
  const likely = Math.max(0.2 * byLevel, 0.1 * nearEnd, byLevel + scale * mean)
  const sd = scale * Math.sqrt(variance)
  const degrees = priorDegrees + fit.observed
  return {
    quantile: (p) => Math.max(0, likely + sd * studentQuantile(p, degrees)),
    sd,
    trendShare: trendShareOf(regressors, fit),
  }
}

function regressorsFor(own: Predictors, familiarity: Familiarity, withTrend: boolean): Regressor[] {
  const regressors: Regressor[] = ['bias', 'dwell']
  if (familiarity.strangerVariance !== undefined) regressors.push('rate')
  if (withTrend && own.byTrend !== undefined) regressors.push('trend')
  return regressors
}

function priorOf(
  regressors: readonly Regressor[],
  familiarity: Familiarity,
  hasTrend: boolean,
): RegressionPrior {
  const { strangerVariance = 0, lastingShare, trendVariance } = familiarity
  const strange = strangerVariance / (strangerVariance + halfStrangerVariance)
  // For a stranger only what does not depend on the time scale counts: own rate and own trend, by their errors.
  const trend = hasTrend ? shapeVariance / (shapeVariance + trendVariance) : 0
  const ofStranger = { bias: 0, dwell: 0, rate: 1 - trend, trend }
  const means = regressors.map((name) => {
    const mean = (1 - strange) * prior[name].mean + strange * ofStranger[name]
    return name === 'dwell' ? mean * (1 - lastingShare) : mean
  })
  return {
    mean: means,
    sd: regressors.map((name) => prior[name].sd),
    residualSd: (1 - strange) * knownSd + strange * strangerSd,
  }
}

function trendShareOf(regressors: readonly Regressor[], { coefficients }: RegressionFit): number {
  return Math.max(0, Math.min(1, coefficients[regressors.indexOf('trend')] ?? 0))
}
