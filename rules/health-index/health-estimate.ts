import type { HealthError, HealthModel } from '../../contract/health-model.ts'
import { featuresAt, featuresPerMetric, type HealthLook, longSlope } from './features.ts'
import { type Coordinates, remainingLifeOfSimilar } from './similar-moments.ts'

/** Remaining lives above this share of a typical life are not told apart: there a part is healthy. */
export const remainingHorizon = 0.6
/** From this share of the horizon on the end of a part is out of sight. */
const sightShare = 0.9

/** Least difference of the index between healthy parts and parts at their end that says anything. */
const leastRange = 1e-6

/** What a model says of a part at one of its looks. */
export interface HealthEstimate {
  /** Health index: 100 as healthy parts, 0 as parts at their end. */
  index: number
  /** By metric: what it takes from 100, in points of the index; they add up to what is lost. */
  contributions: Readonly<Record<string, number>>
  /** Remaining life, ms, at most the horizon. */
  remaining: number
  /** Whether the remaining life is close to the horizon or beyond: then it is a lower bound. */
  isBeyondHorizon: boolean
  /** Between these the true remaining life lies in 80 % of the cases, ms. */
  p10: number
  p90: number
}

type Index = Pick<HealthModel, 'metrics' | 'means' | 'weights' | 'meanIndex'>

/**
 * Evaluate a part at its last look.
 * @param startedAt installation of the part, ms
 */
export function estimateHealth(
  model: HealthModel,
  looks: readonly HealthLook[],
  startedAt: number,
): HealthEstimate {
  const last = looks.length - 1
  const features = featuresAt(looks, last, model.typicalLife)
  const age = Math.max(0, (looks[last]?.at ?? startedAt) - startedAt) / model.typicalLife
  const remaining = predictRemaining(model, features, age)
  const error = errorAt(model.errors, remaining)
  return {
    ...healthIndex(model, features),
    remaining: remaining * model.typicalLife,
    isBeyondHorizon: remaining >= sightShare * remainingHorizon,
    p10: Math.max(0, remaining + Math.min(0, error.p10)) * model.typicalLife,
    p90: (remaining + Math.max(0, error.p90)) * model.typicalLife,
  }
}

/** Return the health index at a look and what each metric takes from it. */
export function healthIndexAt(model: HealthModel, looks: readonly HealthLook[], at: number): number {
  return healthIndex(model, featuresAt(looks, at, model.typicalLife)).index
}

function healthIndex(
  { metrics, healthy, weights, means, meanIndex, endIndex }: HealthModel,
  features: readonly number[],
): Pick<HealthEstimate, 'index' | 'contributions'> {
  const healthyIndex = meanIndex + weighted(weights, healthy, means)
  const range = healthyIndex - endIndex
  // Metrics that say nothing of the end: no loss can be told.
  if (!(range > leastRange)) return { index: 100, contributions: {} }
  const losses = metrics.map((_, n) => {
    const of = (list: readonly number[]) => list.slice(n * featuresPerMetric, (n + 1) * featuresPerMetric)
    return (100 * weighted(of(weights), of(healthy), of(features))) / range
  })
  const loss = losses.reduce((total, own) => total + own, 0)
  const index = Math.min(100, Math.max(0, 100 - loss))
  // Beyond either end of the index the contributions are scaled with it.
  const scale = loss > 0 ? (100 - index) / loss : 0
  return {
    index,
    contributions: Object.fromEntries(metrics.map((metric, n) => [metric, scale * (losses[n] ?? 0)])),
  }
}

/** Return the remaining life of a part by its features, as a share of a typical life. */
export function predictRemaining(
  model: Index & Pick<HealthModel, 'moments' | 'scales'>,
  features: readonly number[],
  age: number,
): number {
  const coordinates = coordinatesOf(model, features, age)
  const predicted = remainingLifeOfSimilar(coordinates, model.moments, model.scales)
  return Math.min(remainingHorizon, Math.max(0, predicted))
}

/** Ages below this share of a typical life count alike. */
const leastAge = 0.01

export function coordinatesOf(
  { metrics, means, weights, meanIndex }: Index,
  features: readonly number[],
  age: number,
): Coordinates {
  let pace = 0
  for (let n = longSlope; n < metrics.length * featuresPerMetric; n += featuresPerMetric)
    pace += (weights[n] ?? 0) * ((features[n] ?? 0) - (means[n] ?? 0))
  return [meanIndex + weighted(weights, features, means), pace, Math.log(Math.max(leastAge, age))]
}

function weighted(weights: readonly number[], values: readonly number[], from: readonly number[]): number {
  let total = 0
  for (let n = 0; n < weights.length; n++) total += (weights[n] ?? 0) * ((values[n] ?? 0) - (from[n] ?? 0))
  return total
}

/** Return the errors at a predicted remaining life, linear between those that are known. */
function errorAt(errors: readonly HealthError[], predicted: number): Pick<HealthError, 'p10' | 'p90'> {
  const above = errors.findIndex((each) => each.predicted >= predicted)
  const next = errors[above] ?? errors.at(-1)
  const before = errors[above - 1] ?? next
  if (next === undefined || before === undefined)
    // Nothing was left out to tell: everything up to the horizon is possible.
    return { p10: -predicted, p90: remainingHorizon }
  const distance = next.predicted - before.predicted
  const share = distance > 0 ? (predicted - before.predicted) / distance : 0
  return {
    p10: before.p10 + share * (next.p10 - before.p10),
    p90: before.p90 + share * (next.p90 - before.p90),
  }
}
