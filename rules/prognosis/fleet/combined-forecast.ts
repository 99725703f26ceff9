import {
  fitRegression,
  type Observation,
  predictOutcome,
  type RegressionFit,
  type RegressionPrior,
} from '../statistics/bayesian-regression.ts'
import { studentQuantile } from '../statistics/student-t.ts'
import type { CalibrationCase } from './calibration-cases.ts'
import { forecastByLevel } from './level-forecast.ts'
import type { Predictors } from './predictors.ts'

/** Remaining time, in shares of the usual lifetime of the part. */
export interface CombinedForecast {
  quantile(p: number): number
  sd: number
  /** Weight of the own trend, 0 … 1. */
  trendShare: number
}

/** Calibration case with the forecast by level that it would have got (from the other clusters). */
interface ForecastCase extends CalibrationCase {
  byLevel: number
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

/** Width of the kernel over the logarithm of the remaining time. */
const bandwidth = 0.5
const leastKernel = 0.01
/** Added to the remaining time in relative errors, in shares of a lifetime. */
const nearEnd = 0.03
/** Bounds on a relative deviation from the forecast by level. */
const [leastDeviation, greatestDeviation] = [-1, 2]
/** Prior coefficients: they say little, the cases decide. */
const prior = {
  bias: { mean: 0, sd: 0.15 },
  dwell: { mean: 0.15, sd: 0.25 },
  rate: { mean: 0, sd: 0.2 },
  trend: { mean: 0, sd: 0.2 },
}
type Regressor = keyof typeof prior
/** Prior relative error, for a part of a known and of an unknown cohort. */
const [knownSd, strangerSd] = [0.35, 0.5]
/** Variance of the time scale at which half of the prior is that of an unknown cohort. */
const halfStrangerVariance = 0.3
/** Squared relative error of a forecast at the own rate: the shape of the path is that of others. */
const shapeVariance = 0.3
/** Degrees of freedom of the prior. */
const priorDegrees = 3

/** Cases of the same lifetime say nearly the same: one in so many is enough to weigh predictors. */
const casesPerForecast = 2

/** Return cases with the forecast by level that each would have got. */
export function withForecastByLevel(cases: readonly CalibrationCase[]): CalibrationSet {
  const some = cases.filter((_, index) => index % casesPerForecast === 0)
  return {
    all: cases,
    forecasts: some.map((one) => ({ ...one, byLevel: forecastByLevel(one.predictors, cases, one.cluster) })),
  }
}

/** Calibration cases of one list of lifetimes. */
export interface CalibrationSet {
  all: readonly CalibrationCase[]
  forecasts: readonly ForecastCase[]
}

/** Return the set without the cases of one cluster. */
export function withoutCluster({ all, forecasts }: CalibrationSet, cluster: unknown): CalibrationSet {
  return {
    all: all.filter((one) => one.cluster !== cluster),
    forecasts: forecasts.filter((one) => one.cluster !== cluster),
  }
}

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

/** Return the cases with about the same remaining time; all of a cluster together count at most as one. */
function observationsNear(
  cases: readonly ForecastCase[],
  byLevel: number,
  regressors: readonly Regressor[],
): Observation[] {
  const clusters = new Map<unknown, { kernel: number; one: ForecastCase }[]>()
  for (const one of cases) {
    const distance = Math.log((one.byLevel + nearEnd) / (byLevel + nearEnd)) / bandwidth
    const kernel = Math.exp(-0.5 * distance * distance)
    if (kernel < leastKernel) continue
    const some = clusters.get(one.cluster) ?? []
    clusters.set(one.cluster, some)
    some.push({ kernel, one })
  }
  return [...clusters.values()].flatMap((some) => {
    const sum = some.reduce((total, { kernel }) => total + kernel, 0)
    const greatest = some.reduce((most, { kernel }) => Math.max(most, kernel), 0)
    return some.map(
      ({ kernel, one }): Observation => ({
        x: regressors.map((name) => regressorValue(name, one.predictors, one.byLevel)),
        y: (one.remaining - one.byLevel) / (one.byLevel + nearEnd),
        weight: (kernel / sum) * greatest,
        isCensored: one.isCensored,
      }),
    )
  })
}

/** Return the deviation of a predictor from the forecast by level, relative to this. */
function regressorValue(name: Regressor, { byDwell, byRate, byTrend }: Predictors, byLevel: number): number {
  const scale = byLevel + nearEnd
  if (name === 'bias') return byLevel / scale
  const predicted = { dwell: byDwell, rate: byRate, trend: byTrend }[name] ?? byLevel
  return Math.max(leastDeviation, Math.min(greatestDeviation, (predicted - byLevel) / scale))
}

function trendShareOf(regressors: readonly Regressor[], { coefficients }: RegressionFit): number {
  return Math.max(0, Math.min(1, coefficients[regressors.indexOf('trend')] ?? 0))
}
