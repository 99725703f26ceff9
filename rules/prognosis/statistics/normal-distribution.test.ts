import { describe, expect, it } from 'vitest'
import { crossingProbability, normalCdf, normalHazard, normalQuantile } from './normal-distribution.ts'
import { ridgeRegression } from './ridge-regression.ts'

describe('the normal distribution', () => {
  it('agrees with the tables', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 6)
    expect(normalCdf(1.96)).toBeCloseTo(0.975, 4)
    expect(normalCdf(-1.2816)).toBeCloseTo(0.1, 4)
    for (const p of [0.001, 0.1, 0.5, 0.9, 0.999]) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 6)
  })

  it('has the hazard of the tables, also far out', () => {
    expect(normalHazard(0)).toBeCloseTo(0.797885, 5)
    expect(normalHazard(3)).toBeCloseTo(3.283, 2)
    expect(normalHazard(20)).toBeCloseTo(20.05, 2)
    expect(normalHazard(-9)).toBeLessThan(1e-10)
  })

  it('gives the probability of a crossing, on each side by its own width', () => {
    const crossing = { p10: 80, p50: 100, p90: 140 }
    for (const [moment, chance] of [
      [80, 0.1],
      [100, 0.5],
      [140, 0.9],
    ] as const) {
      expect(crossingProbability(crossing, moment)).toBeCloseTo(chance, 3)
    }
    expect(crossingProbability({ p10: 5, p50: 5, p90: 5 }, 4)).toBe(0)
    expect(crossingProbability({ p10: 5, p50: 5, p90: 5 }, 5)).toBe(1)
    expect([4, 5].map((at) => crossingProbability({ p10: 6, p50: 5, p90: 4 }, at))).toEqual([0, 1])
  })
})

describe('least squares', () => {
  it('recover the true coefficients, and return the prior without observations', () => {
    const seen = [1, 2, 3, 4].flatMap((a) =>
      [1, 5, 2].map((b) => ({ x: [a, b], y: 3 * a - 2 * b, weight: 1 })),
    )
    const [a, b] = ridgeRegression(seen, { mean: [0, 0], priorWeight: [1e-9, 1e-9] })
    expect(a).toBeCloseTo(3)
    expect(b).toBeCloseTo(-2)
    expect(ridgeRegression([], { mean: [1, 0], priorWeight: [0.1, 0.1] })).toEqual([1, 0])
  })
})
