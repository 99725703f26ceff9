import { describe, expect, it } from 'vitest'
import { hotBattery, Phone } from '../../testing/rules.ts'
import type { Verdict } from '../detector.ts'
import { any } from './any.ts'

const bad: Verdict = { is: 'bad' }
const good: Verdict = { is: 'good' }
const between: Verdict = { is: 'between' }
const unknown: Verdict = { is: 'unknown' }

describe('any', () => {
  it.each([
    [[good, good], good],
    [[good, between], between],
    [[good, unknown, between], unknown],
    [[good, unknown, bad], bad],
    [[{ is: 'bad', crossesAt: 3 }, good, { is: 'bad', crossesAt: 5 }], { is: 'bad', crossesAt: 3 }],
  ] as [Verdict[], Verdict][])('of %j is %j', (verdicts, expected) => {
    expect(any.combine(verdicts)).toEqual(expected)
  })

  it('tells of the part that is bad, and ends when all are good', () => {
    const parts = [
      '{ threshold: { metric: battery_temp_c, above: 45 }, clear: 40 }',
      '{ threshold: { metric: battery_health_pct, below: 80 } }',
    ]
    const phone = new Phone(hotBattery({ detect: `{ any: { of: [ ${parts.join(', ')} ] } }` }))
    phone.reads(1, { battery_temp_c: 43, battery_health_pct: 79 })
    expect(phone.findings[0]?.evidence).toMatchObject({ detector: 'any', metric: 'battery_health_pct' })
    phone.reads(2, { battery_temp_c: 43, battery_health_pct: 90 })
    expect(phone.findings).toHaveLength(1)
    phone.reads(3, { battery_temp_c: 40, battery_health_pct: 90 })
    expect(phone.story).toEqual(['raised 1', 'cleared 3'])
  })
})
