import { describe, expect, it } from 'vitest'
import { hourMs } from '../../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../../testing/rules.ts'

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

  it('requires that several in a row last, whatever the pace', () => {
    const rule = weak({
      detect: '{ threshold: { metric: battery_health_pct, below: 80, in_a_row: 3, lasting: 12h } }',
      clear: '82',
    })
    const raisedAfterHours = (everyHours: number): number => {
      const phone = new TestPhone(rule)
      for (let hours = 0; hours < 2000 && phone.findings.length === 0; hours += everyHours)
        phone.read(hours / 24, { battery_health_pct: hours < 24 ? 90 : 70 })
      return (Number(phone.findings[0]?.at) - start) / hourMs - 24
    }
    expect([0.1, 1, 6, 12].map(raisedAfterHours).map(Math.round)).toEqual([12, 12, 12, 24])
  })

  it('requires half of the usual time where the rule names none', () => {
    const phone = new TestPhone(
      weak({ detect: '{ threshold: { metric: battery_health_pct, below: 80, in_a_row: 3 } }' }),
    )
    for (let hour = 0; hour <= 7; hour++) phone.read(hour / 24, { battery_health_pct: 70 })
    expect(phone.transitions).toEqual(['raised 0.25'])
  })

  it('is not interrupted by noise near the limit, but by a good reading', () => {
    const rule = weak({
      detect: '{ threshold: { metric: battery_health_pct, below: 80, in_a_row: 3, lasting: 12h } }',
      clear: '82',
    })
    const noisy = new TestPhone(rule)
    const interrupted = new TestPhone(rule)
    for (let hour = 0; hour <= 12; hour++) {
      noisy.read(hour / 24, { battery_health_pct: hour % 4 === 3 ? 80.5 : 79 })
      interrupted.read(hour / 24, { battery_health_pct: hour === 9 ? 85 : 79 })
    }
    expect(noisy.transitions).toEqual(['raised 0.5'])
    expect(interrupted.transitions).toEqual([])
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
