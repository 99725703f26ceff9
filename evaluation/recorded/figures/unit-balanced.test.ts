import { expect, it } from 'vitest'
import type { ScoredForecast } from './scored-forecast.ts'
import { computeUnitBalanced } from './unit-balanced.ts'

/** Forecasts of a unit with given errors; the interval is 10 to both sides. */
const unit = (name: string, errors: readonly number[]): ScoredForecast[] =>
  errors.map((error, index) => ({
    unit: name,
    lifetimeId: name,
    forecastAt: index,
    answer: { is: 'date', p10: 1000 + error - 10, p50: 1000 + error, p90: 1000 + error + 10 },
    event: 1000,
    lifetimeMs: 1000,
  }))

it('a unit with many forecasts counts as much as one with few', () => {
  const figures = computeUnitBalanced([...unit('a', Array(20).fill(5)), ...unit('b', [-50, 50])])
  expect(figures?.units).toBe(2)
  expect(figures?.medianAbsError).toEqual({ value: (5 + 50) / 2, low: 5, high: 50 })
  expect(figures?.coverage80).toEqual({ value: 0.5, low: 0, high: 1 })
})

it('the interval is narrower for more units, and the same in each run', () => {
  const units = (count: number) =>
    Array.from({ length: count }, (_, n) => unit(`${n}`, [10 * (n % 4), 10 * (n % 4)])).flat()
  const [few, many] = [computeUnitBalanced(units(4)), computeUnitBalanced(units(40))]
  expect(many?.medianAbsError.value).toBe(few?.medianAbsError.value)
  const width = (figures: typeof few) =>
    (figures?.medianAbsError.high ?? 0) - (figures?.medianAbsError.low ?? 0)
  expect(width(many)).toBeLessThan(0.5 * width(few))
  expect(computeUnitBalanced(units(4))).toEqual(few)
})

it('one unit has no interval, nor have methods without P10 and P90 a coverage', () => {
  expect(computeUnitBalanced(unit('a', [1, 2, 3]))).toBeNull()
  const dates = [...unit('a', [5]), ...unit('b', [5])].map(
    (each): ScoredForecast => ({ ...each, answer: { is: 'date', p50: 1005 } }),
  )
  expect(computeUnitBalanced(dates)?.coverage80).toBeNull()
})
