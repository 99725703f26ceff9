import { describe, expect, it } from 'vitest'
import { chanceBefore } from './chance.ts'
import { leastSquares } from './linear.ts'
import { positiveQuantile, quantile, shareBelow } from './normal.ts'

describe('the normal distribution', () => {
  it('is as in the tables', () => {
    expect(shareBelow(0)).toBeCloseTo(0.5, 6)
    expect(shareBelow(1.96)).toBeCloseTo(0.975, 4)
    expect(shareBelow(-1.2816)).toBeCloseTo(0.1, 4)
    for (const p of [0.001, 0.1, 0.5, 0.9, 0.999]) expect(shareBelow(quantile(p))).toBeCloseTo(p, 6)
  })

  it('known to be positive is itself far from 0, and else never below it', () => {
    expect(positiveQuantile({ mean: 10, sd: 1 }, 0.9)).toBeCloseTo(11.2816, 3)
    expect(positiveQuantile({ mean: 0, sd: 1 }, 0.5)).toBeCloseTo(0.6745, 3)
    expect(positiveQuantile({ mean: -20, sd: 1 }, 0.5)).toBeCloseTo(Math.log(2) / 20, 4)
  })

  it('gives the chance of a crossing, on each side by its own width', () => {
    const crossing = { p10: 80, p50: 100, p90: 140 }
    for (const [moment, chance] of [
      [80, 0.1],
      [100, 0.5],
      [140, 0.9],
    ] as const) {
      expect(chanceBefore(crossing, moment)).toBeCloseTo(chance, 3)
    }
    expect(chanceBefore({ p10: 5, p50: 5, p90: 5 }, 4)).toBe(0)
    expect(chanceBefore({ p10: 5, p50: 5, p90: 5 }, 5)).toBe(1)
  })
})

describe('least squares', () => {
  it('find what made the numbers, and are the belief where nothing was seen', () => {
    const seen = [1, 2, 3, 4].flatMap((a) =>
      [1, 5, 2].map((b) => ({ x: [a, b], y: 3 * a - 2 * b, weight: 1 })),
    )
    const [a, b] = leastSquares(seen, { mean: [0, 0], firmness: [1e-9, 1e-9] })
    expect(a).toBeCloseTo(3)
    expect(b).toBeCloseTo(-2)
    expect(leastSquares([], { mean: [1, 0], firmness: [0.1, 0.1] })).toEqual([1, 0])
  })
})
