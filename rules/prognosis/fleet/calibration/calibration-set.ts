import type { Observations } from '../../statistics/bayesian-regression.ts'
import { forecastByLevel } from '../level-forecast.ts'
import type { Predictors } from '../predictors.ts'
import type { CalibrationCase } from './calibration-cases.ts'

/** Regressors of the relative error of the forecast by level: a constant, and how far each predictor deviates from it. */
export type Regressor = 'bias' | 'dwell' | 'rate' | 'trend'
const regressorNames: readonly Regressor[] = ['bias', 'dwell', 'rate', 'trend']

/** Added to the remaining time in relative errors, in shares of a lifetime. */
export const nearEnd = 0.03
/** Bounds on a relative deviation from the forecast by level. */
const [leastDeviation, greatestDeviation] = [-1, 2]
/** Width of the kernel over the logarithm of the remaining time. */
const bandwidth = 0.5
const leastKernel = 0.01
/** Cases of the same lifetime say nearly the same: one in so many is enough to weigh predictors. */
const casesPerForecast = 2

/** Calibration cases of one list of lifetimes; those with the forecast that each would have got as columns. */
export interface CalibrationSet {
  all: readonly CalibrationCase[]
  forecasts: ForecastColumns
}

interface ForecastColumns {
  /** Cluster of each case, as an index into `clusters`. */
  cluster: Int32Array
  clusters: readonly unknown[]
  /** Logarithm of the forecast by level, with `nearEnd`. */
  logLevel: Float64Array
  /** Error of the forecast by level, relative to it. */
  error: Float64Array
  /** 1 where the record ended first, otherwise 0. */
  isCensored: Float64Array
  regressors: Readonly<Record<Regressor, Float64Array>>
  /** Index of a cluster to leave out; −1 for none. */
  without: number
}

/** Return cases with the forecast by level that each would have got from the other clusters. */
export function withForecastByLevel(cases: readonly CalibrationCase[]): CalibrationSet {
  const some = cases.filter((_, index) => index % casesPerForecast === 0)
  const clusters = [...new Set(some.map(({ cluster }) => cluster))]
  const indices = new Map(clusters.map((cluster, index) => [cluster, index]))
  const byLevel = some.map((one) => forecastByLevel(one.predictors, cases, one.cluster))
  const column = (value: (one: CalibrationCase, level: number) => number) =>
    Float64Array.from(some, (one, index) => value(one, byLevel[index] ?? 0))
  const regressors = regressorNames.map((name) => [
    name,
    column(({ predictors }, level) => regressorValue(name, predictors, level)),
  ])
  return {
    all: cases,
    forecasts: {
      cluster: Int32Array.from(some, ({ cluster }) => indices.get(cluster) ?? -1),
      clusters,
      logLevel: column((_, level) => Math.log(level + nearEnd)),
      error: column(({ remaining }, level) => (remaining - level) / (level + nearEnd)),
      isCensored: column(({ isCensored }) => (isCensored ? 1 : 0)),
      regressors: Object.fromEntries(regressors),
      without: -1,
    },
  }
}

/** Return the set without the cases of one cluster. */
export function withoutCluster({ all, forecasts }: CalibrationSet, cluster: unknown): CalibrationSet {
  return {
    all: all.filter((one) => one.cluster !== cluster),
    forecasts: { ...forecasts, without: forecasts.clusters.indexOf(cluster) },
  }
}

/** Return the deviation of a predictor from the forecast by level, relative to this. */
export function regressorValue(
  name: Regressor,
  { byDwell, byRate, byTrend }: Predictors,
  byLevel: number,
): number {
  const scale = byLevel + nearEnd
  if (name === 'bias') return byLevel / scale
  const predicted = { dwell: byDwell, rate: byRate, trend: byTrend }[name] ?? byLevel
  return Math.max(leastDeviation, Math.min(greatestDeviation, (predicted - byLevel) / scale))
}

/** Return the cases with about the same remaining time; all of a cluster together count at most as one. */
export function observationsNear(
  { cluster, clusters, logLevel, error, isCensored, regressors, without }: ForecastColumns,
  byLevel: number,
  names: readonly Regressor[],
): Observations {
  const logNow = Math.log(byLevel + nearEnd)
  const [near, kernels] = [new Int32Array(cluster.length), new Float64Array(cluster.length)]
  const [sums, greatest] = [new Float64Array(clusters.length), new Float64Array(clusters.length)]
  let count = 0
  for (let index = 0; index < cluster.length; index++) {
    const of = cluster[index] ?? 0
    const distance = ((logLevel[index] ?? 0) - logNow) / bandwidth
    const kernel = Math.exp(-0.5 * distance * distance)
    if (kernel < leastKernel || of === without) continue
    near[count] = index
    kernels[count++] = kernel
    sums[of] = (sums[of] ?? 0) + kernel
    greatest[of] = Math.max(greatest[of] ?? 0, kernel)
  }
  const weight = new Float64Array(count)
  for (let n = 0; n < count; n++) {
    const of = cluster[near[n] ?? 0] ?? 0
    weight[n] = ((kernels[n] ?? 0) / (sums[of] ?? 1)) * (greatest[of] ?? 0)
  }
  const chosen = near.subarray(0, count)
  return {
    x: names.map((name) => pick(regressors[name], chosen)),
    y: pick(error, chosen),
    weight,
    isCensored: pick(isCensored, chosen),
  }
}

function pick(column: Float64Array, chosen: Int32Array): Float64Array {
  const picked = new Float64Array(chosen.length)
  for (let n = 0; n < picked.length; n++) picked[n] = column[chosen[n] ?? 0] ?? 0
  return picked
}
