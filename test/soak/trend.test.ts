import { expect, it } from 'vitest'
import { rollingMinimum, type TimeSeries, theilSenTrend } from './trend.ts'

const course = (count: number, value: (at: number) => number): TimeSeries =>
  Array.from({ length: count }, (_, n) => [n * 5, value(n * 5)] as const)

it('finds the slope of a line, and what it rises by', () => {
  const trend = theilSenTrend(course(100, (at) => 1_000 + 2 * at))
  expect(trend.slope).toBeCloseTo(2)
  expect(trend.growth).toBeCloseTo(2 * 99 * 5)
  expect(trend.median).toBeCloseTo(1_000 + 99 * 5)
})

it('is not swayed by a fifth of wild values', () => {
  const steady = course(200, (at) => (at % 25 === 0 ? 5_000 + at : 100))
  expect(theilSenTrend(steady)).toMatchObject({ median: 100, slope: 0 })
})

it('takes a long course by evenly chosen points', () => {
  expect(theilSenTrend(course(5_000, (at) => at / 10)).slope).toBeCloseTo(0.1)
})

it('knows no trend in one value, or none', () => {
  expect(theilSenTrend([[0, 7]])).toEqual({ median: 7, slope: 0, growth: 0 })
  expect(theilSenTrend([])).toEqual({ median: 0, slope: 0, growth: 0 })
})

it('follows the floor of a saw, whatever its teeth', () => {
  const saw = course(60, (at) => 50 + at / 10 + (at % 30) * 3)
  const floor = rollingMinimum(saw, 60).slice(12)
  expect(theilSenTrend(floor).slope).toBeCloseTo(0.1)
})
