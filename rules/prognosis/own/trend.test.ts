import { describe, expect, it } from 'vitest'
import type { Point } from '../../detectors/bucketed-series.ts'
import { estimateTrend, slopeQuantile } from './trend.ts'

const line = (count: number, value: (t: number) => number): Point[] =>
  Array.from({ length: count }, (_, t): Point => [t, value(t)])
const window = 100

describe('a trend', () => {
  it('of a line is the line', () => {
    const trend = estimateTrend(
      line(41, (t) => 100 - 0.5 * t),
      window,
    )
    expect(trend?.level).toBeCloseTo(80)
    for (const share of [0.1, 0.5, 0.9]) expect(trend && slopeQuantile(trend, share)).toBeCloseTo(-0.5)
  })

  it('is not moved by an outlier, even the last point', () => {
    const points = line(41, (t) => (t === 40 || t === 20 ? 0 : 100 - 0.5 * t))
    expect(estimateTrend(points, window)?.level).toBeCloseTo(80)
  })

  it('follows accelerating wear: its slopes are steeper than the whole past', () => {
    const trend = estimateTrend(
      line(61, (t) => 100 - t ** 2 / 100),
      window,
    )
    const whole = (64 - 100) / 60
    expect(trend && slopeQuantile(trend, 0.5)).toBeLessThan(whole)
    expect(trend && slopeQuantile(trend, 0.1)).toBeLessThan(trend ? slopeQuantile(trend, 0.9) : 0)
  })

  it('of noise without a slope has slopes of both signs', () => {
    const trend = estimateTrend(
      line(61, (t) => 50 + 5 * Math.sin(t * 2.4)),
      window,
    )
    expect(trend && slopeQuantile(trend, 0.1)).toBeLessThan(0)
    expect(trend && slopeQuantile(trend, 0.9)).toBeGreaterThan(0)
  })

  it('is unknown for three points or a short time', () => {
    expect(
      estimateTrend(
        line(3, (t) => t),
        window,
      ),
    ).toBeUndefined()
    expect(
      estimateTrend(
        line(4, (t) => t),
        window,
      ),
    ).toBeUndefined()
    expect(
      estimateTrend(
        line(6, (t) => t),
        window,
      ),
    ).toBeDefined()
  })

  it('takes the level of the reading after a long gap', () => {
    const before = line(31, (t) => 100 - t)
    expect(estimateTrend([...before, [60, 70]], window)?.level).toBe(70)
    expect(estimateTrend([...before, [40, 70]], window)?.level).toBeCloseTo(60)
  })
})
