import { describe, expect, it } from 'vitest'
import { Random } from './random.ts'

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw)
const sequence = (random: Random) => draws(100, () => random.uniform())
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
function variance(values: number[]): number {
  const middle = mean(values)
  return mean(values.map((value) => (value - middle) ** 2))
}

describe('a random stream', () => {
  it('is the same for the same names, and different for others', () => {
    const first = sequence(new Random(7, 'a'))
    const again = sequence(new Random(7, 'a'))
    const other = sequence(new Random(7, 'b'))
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('distinguishes names whose concatenation is equal', () => {
    expect(new Random('ab', 'c').uniform()).not.toBe(new Random('a', 'bc').uniform())
  })

  it('has the moments of its distributions', () => {
    const random = new Random('moments')
    const uniform = draws(20_000, () => random.uniform())
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...uniform)).toBeLessThan(1)
    expect(mean(uniform)).toBeCloseTo(0.5, 2)
    expect(variance(uniform)).toBeCloseTo(1 / 12, 2)
    const normal = draws(20_000, () => random.normal())
    expect(Math.abs(mean(normal))).toBeLessThan(0.02)
    expect(variance(normal)).toBeCloseTo(1, 1)
    const exponential = draws(20_000, () => random.exponential(5))
    expect(Math.abs(mean(exponential) - 5)).toBeLessThan(0.15)
    for (const shape of [0.5, 2, 8]) {
      const gamma = draws(20_000, () => random.gamma(shape))
      expect(Math.min(...gamma)).toBeGreaterThan(0)
      expect(Math.abs(mean(gamma) - 1)).toBeLessThan(0.03)
      expect(Math.abs(variance(gamma) * shape - 1)).toBeLessThan(0.1)
    }
  })

  it('returns integers including both ends', () => {
    const random = new Random('integers')
    expect(new Set(draws(200, () => random.integer(2, 4)))).toEqual(new Set([2, 3, 4]))
  })
})
