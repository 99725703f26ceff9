import { describe, expect, it } from 'vitest'
import { dayMs } from '../../../lib/time.ts'
import { hotBatteryRule, TestPhone } from '../../testing/rules.ts'

/** Health is an example of any metric that falls, temperature of the load. */
const fallen = (config: string) =>
  hotBatteryRule({ detect: `{ drop: { metric: battery_health_pct, percent: 10, window: 60d, ${config} } }` })

const atLoad = 'at: { metric: battery_temp_c, bin: 10 }'

function read(
  phone: TestPhone,
  from: number,
  [count, health, load]: readonly [number, number, number],
): void {
  for (let at = from; at < from + count; at++) {
    phone.read(at, { battery_health_pct: health, battery_temp_c: load })
  }
}

describe('drop', () => {
  it('compares with the baseline at the same load', () => {
    const phone = new TestPhone(fallen(atLoad))
    read(phone, 0, [20, 100, 25])
    read(phone, 20, [20, 80, 55])
    read(phone, 40, [10, 99, 25])
    expect(phone.findings).toEqual([])
    read(phone, 50, [10, 88, 25])
    expect(phone.transitions).toEqual(['raised 52'])
  })

  it('reports the baseline, the limit and the value in the unit of the metric', () => {
    const phone = new TestPhone(fallen(''))
    read(phone, 0, [20, 50, 25])
    read(phone, 20, [10, 40, 25])
    expect(phone.findings[0]?.evidence).toMatchObject({
      detector: 'drop',
      unit: '%',
      baseline: 50,
      limit: 45,
    })
    expect(phone.findings[0]?.evidence.value).toBeCloseTo(40, 0)
    expect(phone.findings[0]?.evidence.points[0]?.[1]).toBeCloseTo(50)
  })

  it('does not move the baseline with slow wear', () => {
    const phone = new TestPhone(fallen(''))
    for (let at = 0; at < 400; at++) phone.read(at, { battery_health_pct: 100 - 0.05 * at })
    expect(phone.findings).toHaveLength(1)
    expect(Number(phone.findings[0]?.at)).toBeGreaterThan(dayMs * 200)
  })

  it('takes the value of a new part as baseline, where the first readings are of a worn one', () => {
    const phone = new TestPhone(fallen(`${atLoad}, new: { 20: 100 }`))
    read(phone, 0, [10, 85, 25])
    expect(phone.findings.map(({ state }) => state)).toEqual(['raised'])
  })

  it('takes the part itself as baseline, where it is better than the value of a new one', () => {
    const phone = new TestPhone(fallen('new: 50'))
    read(phone, 0, [30, 100, 25])
    expect(phone.findings).toEqual([])
    read(phone, 30, [10, 88, 25])
    expect(phone.findings.map(({ state }) => state)).toEqual(['raised'])
  })

  it('is unknown where the baseline is zero', () => {
    const phone = new TestPhone(fallen(atLoad))
    read(phone, 0, [30, 0, 5])
    read(phone, 30, [20, 100, 25])
    read(phone, 50, [10, 80, 25])
    expect(phone.findings.map(({ state }) => state)).toEqual(['raised'])
  })

  it('learns a new baseline for a new part', () => {
    const phone = new TestPhone(fallen(''))
    read(phone, 0, [20, 100, 25])
    phone.replaceBattery(20)
    read(phone, 20, [60, 70, 25])
    expect(phone.findings).toEqual([])
  })

  it('forecasts, where `within` is set', () => {
    const raisedAt = (config: string) => {
      const phone = new TestPhone(fallen(config))
      for (let at = 0; at < 120; at++)
        phone.read(at, { battery_health_pct: 100 - 0.1 * Math.max(0, at - 15) })
      return Number(phone.findings[0]?.at) / dayMs
    }
    expect(raisedAt('') - raisedAt('within: 20d')).toBeGreaterThanOrEqual(14)
  })

  it('keeps the baseline of the newest reading when one at another load comes late or again', () => {
    const phone = new TestPhone(fallen(atLoad))
    read(phone, 0, [20, 50, 25])
    read(phone, 20, [20, 80, 55])
    read(phone, 40, [5, 40, 25])
    phone.read(39, { battery_health_pct: 80, battery_temp_c: 55 })
    phone.read(38.5, { battery_health_pct: 80, battery_temp_c: 55 })
    phone.replaceBattery(45)
    expect(phone.findings.map(({ state, evidence }) => [state, evidence.baseline])).toEqual([
      ['raised', 50],
      ['cleared', 50],
    ])
  })

  it('learns the same from a series sent twice', () => {
    const memory = (times: number) => {
      const phone = new TestPhone(fallen(''))
      for (let at = 0; at < 12; at++)
        for (let i = 0; i < times; i++) phone.read(at, { battery_health_pct: 90 + (at % 3) })
      return phone.state?.rules
    }
    expect(memory(2)).toEqual(memory(1))
  })
})
