import { describe, expect, it } from 'vitest'
import { hotBatteryRule, TestPhone } from '../../testing/rules.ts'

const weak = (more = {}) =>
  hotBatteryRule({ detect: '{ threshold: { metric: battery_health_pct, below: 80 } }', ...more })

describe('threshold', () => {
  it('treats the limit itself as good', () => {
    const phone = new TestPhone(weak())
    for (const [at, health] of [80, 79.9, 80].entries()) phone.read(at, { battery_health_pct: health })
    expect(phone.transitions).toEqual(['raised 1', 'cleared 2'])
  })

  it('may require several in a row', () => {
    const inRow = '{ threshold: { metric: battery_health_pct, below: 80, in_a_row: 3 } }'
    const phone = new TestPhone(weak({ detect: inRow }))
    for (const [at, health] of [70, 70, 90, 70, 70].entries()) phone.read(at, { battery_health_pct: health })
    phone.read(4, { battery_health_pct: 70 })
    phone.read(1.5, { battery_health_pct: 70 })
    expect(phone.transitions).toEqual([])
    for (const at of [30, 31]) phone.read(at, { battery_health_pct: 70 })
    phone.read(32, { battery_health_pct: 90 })
    expect(phone.transitions).toEqual(['raised 30', 'cleared 32'])
  })

  it('ignores readings without its metric', () => {
    const phone = new TestPhone(weak())
    phone.read(1, { battery_temp_c: 3 })
    expect(phone.state?.rules).toEqual({})
  })

  it('shows at most the last 31 points', () => {
    const phone = new TestPhone(weak())
    for (let at = 0; at < 100; at++) phone.read(at, { battery_health_pct: 90 })
    expect(phone.read(100, { battery_health_pct: 70 })[0]?.evidence.points).toHaveLength(31)
  })
})
