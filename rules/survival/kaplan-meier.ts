import { type ObservedLifetime, prepareLifetimes } from './observed-lifetime.ts'
import { riskSetsOf } from './risk-sets.ts'

/** Step of a curve: from this age on. */
export interface CurveStep {
  age: number
  value: number
  /** Bounds, each 90 % sure: between them with 80 %. */
  lower: number
  upper: number
}

const sdTo80 = 1.2816

/**
 * Return the share of parts that survive each age at which one failed, without any assumption on the distribution (E. L. Kaplan and
 * P. Meier, Journal of the American Statistical Association 53, 1958), with bounds by Greenwood's variance on the scale
 * log(−log S), which stay within 0 and 1. Parts observed late count from their entry on.
 * @throws LifetimeError
 */
export function kaplanMeier(lifetimes: readonly ObservedLifetime[]): CurveStep[] {
  const steps: CurveStep[] = []
  let [value, variance] = [1, 0]
  for (const { age, atRisk, failures } of riskSetsOf(prepareLifetimes(lifetimes))) {
    const left = Math.max(0, atRisk - failures)
    value *= left / atRisk
    variance += left > 0 ? failures / (atRisk * left) : 0
    steps.push({ age, value, ...boundsOf(value, variance) })
  }
  return steps
}

function boundsOf(value: number, variance: number): { lower: number; upper: number } {
  // All that were observed have failed: the formula has no width there.
  if (value <= 0) return { lower: 0, upper: 0 }
  const factor = Math.exp((sdTo80 * Math.sqrt(variance)) / Math.abs(Math.log(value)))
  return { lower: value ** factor, upper: value ** (1 / factor) }
}

/** Return the value of a curve at an age; before the first step `start`. */
export function curveAt(steps: readonly CurveStep[], age: number, start: number): number {
  return steps.findLast((step) => step.age <= age)?.value ?? start
}
