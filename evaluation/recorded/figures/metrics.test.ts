import { describe, expect, it } from 'vitest'
import { computePrognosticMetrics } from './metrics.ts'
import type { ForecastAnswer, ScoredForecast } from './scored-forecast.ts'

/** A lifetime of 1000 that ends at 1000, with forecasts at some times. */
function life(
  answers: readonly (readonly [at: number, answer: ForecastAnswer | number])[],
  name = 'a',
): ScoredForecast[] {
  return answers.map(([at, answer]) => ({
    unit: name,
    lifetimeId: name,
    forecastAt: at,
    answer: typeof answer === 'number' ? { is: 'date', p50: answer } : answer,
    event: 1000,
    lifetimeMs: 1000,
  }))
}

const withheld: ForecastAnswer = { is: 'withheld', why: 'too_uncertain' }

/** Left 800, 600, 400, 200; errors +400, −60, +100, −10. */
const four = life([
  [200, 1400],
  [400, 940],
  [600, 1100],
  [800, 990],
])

describe('errors', () => {
  it('are predicted minus true date', () => {
    const figures = computePrognosticMetrics(four)
    expect(figures).toMatchObject({ forecasts: 4, withheld: 0 })
    expect(figures.medianAbsError).toBe((60 + 100) / 2)
    expect(figures.meanAbsError).toBe((400 + 60 + 100 + 10) / 4)
    expect(figures.meanAbsErrorShareOfLife).toBeCloseTo((0.4 + 0.06 + 0.1 + 0.01) / 4)
    expect(figures.bias).toBe((400 - 60 + 100 - 10) / 4)
  })

  it('as shares of the remaining life are 50, 10, 25 and 5 %', () => {
    expect(computePrognosticMetrics(four)).toMatchObject({
      within10: 2 / 4,
      within20: 2 / 4,
      within30: 3 / 4,
    })
  })

  it('leave out withheld forecasts', () => {
    const figures = computePrognosticMetrics([...four, ...life([[900, withheld]])])
    expect(figures).toMatchObject({ forecasts: 4, withheld: 1, within30: 3 / 4 })
  })

  it('are null without a forecast', () => {
    expect(computePrognosticMetrics(life([[200, withheld]]))).toEqual({
      forecasts: 0,
      withheld: 1,
      medianAbsError: null,
      meanAbsError: null,
      meanAbsErrorShareOfLife: null,
      within10: null,
      within20: null,
      within30: null,
      alphaLambda: null,
      relativeAccuracy: null,
      prognosticHorizon: null,
      coverage80: null,
      pinball10: null,
      pinball50: null,
      pinball90: null,
      pinball: null,
      intervalWidth: null,
      bias: null,
    })
  })
})

describe('half-way between the first forecast and the end', () => {
  it('the nearest forecast counts: at 600, 25 % off', () => {
    expect(computePrognosticMetrics(four)).toMatchObject({ alphaLambda: 0, relativeAccuracy: 0.75 })
  })

  it('a fifth of the remaining life is within the bound', () => {
    const near = life([
      [200, 1400],
      [610, 1078],
      [700, 2000],
    ])
    const figures = computePrognosticMetrics(near)
    expect(figures.alphaLambda).toBe(1)
    expect(figures.relativeAccuracy).toBeCloseTo(0.8)
  })

  it('a withheld forecast is a miss, and leaves the accuracy out', () => {
    const silent = life(
      [
        [200, 1000],
        [600, withheld],
      ],
      'b',
    )
    expect(computePrognosticMetrics([...four, ...silent])).toMatchObject({
      alphaLambda: 0,
      relativeAccuracy: 0.75,
    })
  })
})

describe('the prognostic horizon', () => {
  it('begins when the error is first within a tenth of the life', () => {
    expect(computePrognosticMetrics(four).prognosticHorizon).toBe(600)
  })

  it('is zero when the error never is, and the median over lifetimes', () => {
    const never = life([[500, 1200]], 'b')
    expect(computePrognosticMetrics(never).prognosticHorizon).toBe(0)
    expect(computePrognosticMetrics([...four, ...never]).prognosticHorizon).toBe(300)
  })
})

it('coverage is the share of true dates within P10 to P90, both ends included', () => {
  const between = (p10: number, p90: number): ForecastAnswer => ({
    is: 'date',
    p10,
    p50: (p10 + p90) / 2,
    p90,
  })
  const figures = computePrognosticMetrics(
    life([
      [100, between(1000, 1200)],
      [200, between(800, 1000)],
      [300, between(1001, 1200)],
      [400, withheld],
      [500, between(900, 1100)],
    ]),
  )
  expect(figures.coverage80).toBe(3 / 4)
  expect(computePrognosticMetrics(four).coverage80).toBeNull()
})

it('pinball loss weighs an event outside of a quantile by its share, and the width is from P10 to P90', () => {
  const interval: ForecastAnswer = { is: 'date', p10: 900, p50: 950, p90: 1100 }
  const figures = computePrognosticMetrics([...life([[100, interval]]), ...four])
  expect(figures.pinball10).toBeCloseTo(0.1 * 100)
  expect(figures.pinball50).toBeCloseTo(0.5 * 50)
  expect(figures.pinball90).toBeCloseTo(0.1 * 100)
  expect(figures.pinball).toBeCloseTo((10 + 25 + 10) / 3)
  expect(figures.intervalWidth).toBe(200)
})
