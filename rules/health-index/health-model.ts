import type { HealthError, HealthModel } from '../../contract/health-model.ts'
import { ridgeRegression } from '../prognosis/statistics/ridge-regression.ts'
import { featuresAt, featuresPerMetric, type HealthLook, sum } from './features.ts'
import { coordinatesOf, predictRemaining, remainingHorizon } from './health-estimate.ts'

/** Observed life of one part. */
export interface HealthHistory {
  looks: readonly HealthLook[]
  /** Time of its installation, ms. */
  startedAt: number
  /** Time of its end, or up to which it was observed, ms. */
  until: number
  ended: boolean
}

/** Features need this many looks before the one that they are of. */
export const looksBefore = 3
/** With fewer lifetimes that ended nothing is predicted. */
const minEnded = 3
/** Every second look is learned from: neighbours say the same. */
const lookStep = 2
/** Healthy is what a part was in this share of a typical life. */
const healthyShare = 0.25
/** Weight of the prior of each coefficient, in observations: about two lifetimes. */
const priorWeight = 50
const folds = 5
/** Of the moments that are left out every third is predicted. */
const errorStep = 3
const errorBands = 8
/** Share of the true remaining lives between P10 and P90. */
const tailShare = 0.1
const fewest = 5
/** Relative size of differences that come from rounding. */
const rounding = 1e-9
/** Significant digits that are stored. */
const digits = 5

/** Moment in the life of one part. */
interface Moment {
  /** Number of its part. */
  part: number
  features: readonly number[]
  /** Age and remaining life, as shares of a typical life. */
  age: number
  remaining: number
  ended: boolean
}

/**
 * Learn a health index and the remaining life from the lives of other parts. The index is a ridge regression of the remaining life,
 * up to a horizon above which parts are healthy alike (F. O. Heimes, PHM 2008), on level and slope of each metric. Of a
 * part in use those moments count after which it was seen to run for that horizon.
 * @param histories with one value of each metric in each look, in a fixed order
 * @returns undefined with fewer than three lifetimes that ended
 */
export function fitHealthModel(
  histories: readonly HealthHistory[],
  metrics: readonly string[],
): HealthModel | undefined {
  const usable = histories.filter(
    ({ looks, startedAt, until }) => looks.length > looksBefore && until > startedAt,
  )
  const ended = usable.filter((history) => history.ended)
  if (ended.length < minEnded) return undefined
  const typicalLife = sum(ended.map(({ startedAt, until }) => until - startedAt)) / ended.length
  const moments = usable.flatMap((history, part) => momentsOf(history, { part, typicalLife }))
  const model = {
    ...fitIndex(moments, metrics),
    typicalLife,
    ended: ended.length,
    running: usable.length - ended.length,
  }
  const errors = errorBandsOf(leftOutErrors(moments, metrics, usable.length))
  return { ...withEnds(model, moments), moments: model.moments.map(rounded), errors }
}

function momentsOf(
  { looks, startedAt, until, ended }: HealthHistory,
  { part, typicalLife }: { part: number; typicalLife: number },
): Moment[] {
  const moments: Moment[] = []
  // From the last look backwards, so that the end is always among them.
  for (let n = looks.length - 1; n >= looksBefore; n -= lookStep) {
    const at = looks[n]?.at ?? 0
    const remaining = (until - at) / typicalLife
    if (!ended && remaining < remainingHorizon) continue
    const age = Math.max(0, at - startedAt) / typicalLife
    moments.push({ part, features: featuresAt(looks, n, typicalLife), age, remaining, ended })
  }
  return moments
}

type FittedIndex = Pick<HealthModel, 'metrics' | 'means' | 'weights' | 'meanIndex' | 'moments' | 'scales'>

function fitIndex(moments: readonly Moment[], metrics: readonly string[]): FittedIndex {
  const size = metrics.length * featuresPerMetric
  const each = Array.from({ length: size }, (_, n) => n)
  const means = each.map((n) => meanOf(moments.map(({ features }) => features[n] ?? 0)))
  const spreads = each.map((n) => {
    const level = means[n - (n % featuresPerMetric)] ?? 0
    return deviationOf(
      moments.map(({ features }) => features[n] ?? 0),
      level,
    )
  })
  const targets = moments.map(({ remaining }) => Math.min(remaining, remainingHorizon))
  const meanIndex = meanOf(targets)
  const coefficients = ridgeRegression(
    moments.map(({ features }, n) => ({
      x: each.map((m) => ((features[m] ?? 0) - (means[m] ?? 0)) / (spreads[m] ?? 1)),
      y: (targets[n] ?? 0) - meanIndex,
      weight: 1,
    })),
    { mean: each.map(() => 0), priorWeight: each.map(() => priorWeight) },
  )
  const weights = coefficients.map((coefficient, n) => coefficient / (spreads[n] ?? 1))
  const index = { metrics, means, weights, meanIndex }
  const coordinates = moments.map(({ features, age }) => coordinatesOf(index, features, age))
  return {
    ...index,
    moments: coordinates.flatMap((own, n) => [...own, targets[n] ?? 0]),
    // Coordinates are shares and logarithms: of the size of 1.
    scales: [0, 1, 2].map((n) => {
      const values = coordinates.map((own) => own[n] ?? 0)
      return deviationOf(values, 1)
    }),
  }
}

/** Add what is healthy and what the end is, from 100 to 0 of the index. */
function withEnds<T extends FittedIndex>(model: T, moments: readonly Moment[]) {
  const young = moments.filter(({ age, remaining }) => age <= healthyShare && remaining >= remainingHorizon)
  const known = young.length > 0 ? young : moments.filter(({ remaining }) => remaining >= remainingHorizon)
  const healthy = (known.length > 0 ? known : moments).map(({ features }) => features)
  // The first moment of each part is its last look.
  const last = moments.filter(({ ended, part }, n) => ended && moments[n - 1]?.part !== part)
  return {
    ...model,
    healthy: model.means.map((_, n) => meanOf(healthy.map((features) => features[n] ?? 0))),
    endIndex: meanOf(last.map(({ features, age }) => coordinatesOf(model, features, age)[0])),
  }
}

interface LeftOutError {
  part: number
  predicted: number
  error: number
}

/** Predict parts from the others, in folds; only parts that ended have a known error. */
function leftOutErrors(
  moments: readonly Moment[],
  metrics: readonly string[],
  parts: number,
): LeftOutError[] {
  const count = Math.min(folds, parts)
  return Array.from({ length: count }, (_, fold) => fold).flatMap((fold) => {
    const training = moments.filter(({ part }) => part % count !== fold)
    if (!training.some(({ ended }) => ended)) return []
    const index = fitIndex(training, metrics)
    return moments
      .filter(({ part, ended }, n) => ended && part % count === fold && n % errorStep === 0)
      .map(({ part, features, age, remaining }) => {
        const predicted = predictRemaining(index, features, age)
        return { part, predicted, error: remaining - predicted }
      })
  })
}

/**
 * Return the quantiles of the errors around regular predicted remaining lives, wider where few parts have them (split conformal
 * prediction: V. Vovk et al., Algorithmic Learning in a Random World, 2005).
 */
function errorBandsOf(errors: readonly LeftOutError[]): HealthError[] {
  const width = remainingHorizon / errorBands
  return Array.from({ length: errorBands }, (_, n) => (n + 0.5) * width).flatMap((centre) => {
    const near = errors.filter(({ predicted }) => Math.abs(predicted - centre) <= width)
    if (near.length < fewest) return []
    const parts = new Set(near.map(({ part }) => part)).size
    const tail = Math.max(0, 1 - ((1 - tailShare) * (parts + 1)) / parts)
    const sorted = near.map(({ error }) => error).sort((a, b) => a - b)
    const [p10, p90] = [quantile(sorted, tail), quantile(sorted, 1 - tail)]
    return [{ predicted: centre, p10: rounded(p10), p90: rounded(p90) }]
  })
}

/** Linear between the closest ranks (R. J. Hyndman and Y. Fan 1996, type 7). */
function quantile(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length - 1)
  const below = sorted[Math.floor(rank)] ?? 0
  return below + (rank - Math.floor(rank)) * ((sorted[Math.ceil(rank)] ?? 0) - below)
}

const rounded = (value: number): number => Number(value.toPrecision(digits))

const meanOf = (values: readonly number[]): number => sum(values) / Math.max(1, values.length)

/** Return the standard deviation; 1 where all values are the same but for rounding of values of the given size. */
function deviationOf(values: readonly number[], size = 0): number {
  const mean = meanOf(values)
  const deviation = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)))
  return deviation <= rounding * Math.abs(size) ? 1 : deviation
}
