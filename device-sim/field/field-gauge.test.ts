import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import { FieldGauge, type FieldGaugeDesign } from './field-gauge.ts'

const exact: FieldGaugeDesign = { step: 0.001, error: 0, driftPerYear: 0, firmwareChange: 0 }

/** Return what a gauge shows of 100, day by day. */
function show(
  design: Partial<FieldGaugeDesign>,
  days: number,
  onDay?: (day: number, gauge: FieldGauge) => void,
) {
  const gauge = new FieldGauge({ ...exact, ...design }, 0, new Random('gauge', JSON.stringify(design)))
  return Array.from({ length: days }, (_, day) => {
    onDay?.(day, gauge)
    return gauge.show(day * dayMs, 100)
  })
}

const sent = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined)

describe('a gauge of the field', () => {
  it('shows coarse steps', () => {
    const values = sent(show({ step: 5, error: 0.1 }, 200))
    expect(new Set(values).size).toBeGreaterThan(3)
    for (const value of values) expect(value % 5).toBe(0)
  })

  it('sends a value about once in its interval', () => {
    const count = sent(show({ everyDays: 30 }, 3_000)).length
    expect(count).toBeGreaterThan(90)
    expect(count).toBeLessThan(110)
  })

  it('has an error of its size that lasts for days', () => {
    const errors = sent(show({ error: 0.02 }, 5_000)).map((value) => value / 100 - 1)
    const covariance = (lag: number) =>
      errors.slice(lag).reduce((sum, error, n) => sum + error * (errors[n] ?? 0), 0) / (errors.length - lag)
    expect(Math.sqrt(covariance(0))).toBeGreaterThan(0.016)
    expect(Math.sqrt(covariance(0))).toBeLessThan(0.024)
    expect(covariance(5) / covariance(0)).toBeGreaterThan(0.5)
    expect(covariance(60) / covariance(0)).toBeLessThan(0.3)
  })

  it('drifts until it is recalibrated', () => {
    const values = sent(show({ driftPerYear: 0.05 }, 2_000))
    const steps = values.slice(1).map((value, n) => value - (values[n] ?? value))
    const largest = Math.max(...steps.map(Math.abs))
    expect(Math.max(...values.map((value) => Math.abs(value - 100)))).toBeGreaterThan(0.5)
    // A recalibration takes back at once what a drift of months has added.
    expect(steps.filter((step) => Math.abs(step) > largest / 4).length).toBeLessThan(30)
  })

  it('shows another value with another firmware', () => {
    const values = show({ firmwareChange: 0.03 }, 10, (day, gauge) => day === 5 && gauge.updateFirmware())
    expect(values.slice(0, 5)).toEqual([100, 100, 100, 100, 100])
    expect(Math.abs((values[5] ?? 0) - 100)).toBeCloseTo(3)
    expect(new Set(values.slice(5)).size).toBe(1)
  })
})
