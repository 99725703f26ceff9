import { describe, expect, it } from 'vitest'
import { fitRegression, type Observations, predictOutcome } from './bayesian-regression.ts'
import { normalQuantile } from './normal-distribution.ts'

const vague = { mean: [0, 0], sd: [10, 10], residualSd: 0.5 }
/** Evenly spread quantiles instead of random numbers. */
const errors = (count: number) => Array.from({ length: count }, (_, n) => normalQuantile((n + 0.5) / count))

interface Observation {
  x: number[]
  y: number
  isCensored: boolean
}

/** Columns of observations that all count once. */
function columnsOf(some: readonly Observation[], regressors = some[0]?.x.length ?? 0): Observations {
  return {
    x: Array.from({ length: regressors }, (_, i) => Float64Array.from(some, ({ x }) => x[i] ?? 0)),
    y: Float64Array.from(some, ({ y }) => y),
    weight: Float64Array.from(some, () => 1),
    isCensored: Float64Array.from(some, ({ isCensored }) => (isCensored ? 1 : 0)),
  }
}

/** Outcomes 2 + 3 x with an error of 0.4, in an order without a trend of the errors. */
function observations(count = 90): Observation[] {
  return errors(count).map((error, n): Observation => {
    const x = ((n * 37) % count) / count
    return { x: [1, x], y: 2 + 3 * x + 0.4 * error, isCensored: false }
  })
}

describe('the regression', () => {
  it('is its prior without observations, with the width of both', () => {
    const fit = fitRegression(columnsOf([], 2), { mean: [1, 2], sd: [0.3, 0.4], residualSd: 0.5 })
    expect(fit.observed).toBe(0)
    const { mean, variance } = predictOutcome(fit, [1, 2])
    expect(mean).toBeCloseTo(5)
    expect(variance).toBeCloseTo(0.5 ** 2 + 0.3 ** 2 + (2 * 0.4) ** 2)
  })

  it('finds coefficients and the deviation', () => {
    const { coefficients, residualVariance, observed } = fitRegression(columnsOf(observations()), vague)
    expect(coefficients[0]).toBeCloseTo(2, 1)
    expect(coefficients[1]).toBeCloseTo(3, 0)
    expect(Math.sqrt(residualVariance)).toBeCloseTo(0.4, 1)
    expect(observed).toBe(90)
  })

  it('is hardly moved by outliers', () => {
    const wild = observations().map((one, n) => (n % 15 === 0 ? { ...one, y: one.y + 20 } : one))
    const { coefficients } = fitRegression(columnsOf(wild), vague)
    expect(Math.abs((coefficients[0] ?? 0) + 0.5 * (coefficients[1] ?? 0) - 3.5)).toBeLessThan(0.3)
  })

  it('counts outcomes that are only known to be greater', () => {
    const bound = 3.2
    const all = observations()
    const censored = all.map((one) => (one.y > bound ? { ...one, y: bound, isCensored: true } : one))
    const seen = all.filter(({ y }) => y <= bound)
    const meanOf = (some: readonly Observation[]) =>
      predictOutcome(fitRegression(columnsOf(some), vague), [1, 0.9]).mean
    expect(Math.abs(meanOf(censored) - 4.7)).toBeLessThan(0.35)
    // Those alone that were seen to the end say too little.
    expect(meanOf(seen)).toBeLessThan(4.3)
  })

  it('learns nothing from a bound far below what is expected', () => {
    const prior = { mean: [5], sd: [1], residualSd: 0.5 }
    const low = fitRegression(columnsOf([{ x: [1], y: 1, isCensored: true }]), prior)
    expect(low.coefficients[0]).toBeCloseTo(5, 2)
    expect(low.observed).toBe(0)
    const high = fitRegression(columnsOf([{ x: [1], y: 7, isCensored: true }]), prior)
    expect(high.coefficients[0]).toBeGreaterThan(6)
  })
})
