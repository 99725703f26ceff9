import { describe, expect, it } from 'vitest'
import { dayMs } from '../../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../../testing/rules.ts'
import { addCounterReading, confirmedReading, emptyUsageCounter, type UsageCounter } from './counter.ts'
import { forecastExhaustion, usageRates } from './usage.ts'

describe('usage', () => {
  const cycled = (more = '') =>
    hotBatteryRule({ detect: `{ usage: { metric: battery_cycles, every: 800 ${more} } }` })

  it('reports the use, the rated use, the rate and the date', () => {
    const phone = new TestPhone(cycled(', ahead: 10'))
    for (let at = 0; at <= 80; at++) phone.read(at, { battery_cycles: 10 * at })
    expect(phone.transitions).toEqual(['raised 73'])
    const [finding] = phone.findings
    expect(finding?.evidence).toMatchObject({ detector: 'usage', unit: '{cycles}', value: 720, limit: 800 })
    expect(finding?.evidence.slopePerDay).toBeCloseTo(10, 0)
    expect((Number(finding?.evidence.crossing?.p50) - start) / dayMs).toBeCloseTo(80, 0)
    expect(finding?.evidence.points.length).toBeGreaterThan(20)
  })

  it('ends with the part only', () => {
    const phone = new TestPhone(cycled())
    phone.read(0, { battery_cycles: 900 })
    phone.read(1, { battery_cycles: 901 })
    phone.replaceBattery(2)
    phone.read(3, { battery_cycles: 902 })
    expect(phone.transitions).toEqual(['raised 0', 'cleared 2'])
  })

  it('reminds again with each further interval, until the part is replaced', () => {
    const phone = new TestPhone(cycled())
    for (let at = 0; at <= 250; at++) {
      if (at === 200) phone.replaceBattery(199.5)
      phone.read(at, { battery_cycles: 10 * at })
    }
    expect(phone.transitions).toEqual(['raised 81', 'cleared 161', 'raised 162', 'cleared 199.5'])
  })

  it('counts from the first reading after the replacement, even a late one', () => {
    const phone = new TestPhone(cycled())
    phone.replaceBattery(0)
    phone.read(30, { battery_cycles: 1_200 })
    phone.read(1, { battery_cycles: 950 })
    phone.read(31, { battery_cycles: 1_749 })
    expect(phone.transitions).toEqual([])
    for (const at of [32, 33]) phone.read(at, { battery_cycles: 1_750 })
    expect(phone.transitions).toEqual(['raised 33'])
  })

  it('is unknown without a reading of the counter', () => {
    const phone = new TestPhone(cycled())
    phone.read(1, { battery_temp_c: 25 })
    expect(phone.state?.rules).toEqual({})
  })
})

describe('a counter', () => {
  const counterOf = (...values: number[]): UsageCounter =>
    values.reduce(
      (counter, value, ts) => addCounterReading(counter, [ts, value], values[0] ?? 0),
      emptyUsageCounter,
    )
  const used = (...values: number[]) => counterOf(...values).recent.at(-1)?.used

  it.each([
    ['that grows', [10, 20, 30], 30],
    ['that begins again', [10, 20, 0, 5], 25],
    ['that begins again later on', [10, 20, 3, 5], 25],
    ['with a dip', [100, 110, 0, 120], 120],
    ['with a longer dip', [100, 110, 0, 1, 2, 120], 120],
    ['with a spike', [100, 110, 9_999, 120], 120],
    ['that stands still', [100, 100, 100], 100],
  ])('%s', (_what, values, expected) => {
    expect(used(...values)).toBe(expected)
  })

  it('counts when two readings agree', () => {
    expect(confirmedReading(counterOf(100, 110, 9_999))?.used).toBe(110)
    expect(confirmedReading(counterOf(100, 110, 9_999, 111))?.used).toBe(111)
    expect(confirmedReading(counterOf(100))?.used).toBe(100)
  })

  it('is the same for a repeated or late reading', () => {
    const counter = counterOf(10, 20, 30)
    expect(addCounterReading(counter, [2, 30], 10)).toBe(counter)
    expect(addCounterReading(counter, [1, 25], 10)).toBe(counter)
  })
})

describe('the rate of use', () => {
  it('is unknown before a week', () => {
    expect(usageRates({ points: [0, 0], openBucket: [6 * dayMs, 10] })).toHaveLength(0)
    expect([...usageRates({ points: [0, 0], openBucket: [8 * dayMs, 16 * dayMs] })]).toEqual([2])
  })

  it('gives no date for an unused part, and now for a used-up one', () => {
    expect(forecastExhaustion([0, 0], 10, 0)).toBeUndefined()
    expect(forecastExhaustion([], 10, 0)).toBeUndefined()
    expect(forecastExhaustion([1], -5, 7)).toEqual({ p10: 7, p50: 7, p90: 7 })
  })

  it('that varies gives an interval', () => {
    expect(forecastExhaustion([1, 2, 4], 8, 0)).toEqual({ p10: 2, p50: 4, p90: 8 })
  })
})
