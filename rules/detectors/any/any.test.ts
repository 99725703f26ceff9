import { describe, expect, it } from 'vitest'
import { hotBatteryRule, TestPhone } from '../../testing/rules.ts'
import type { Assessment } from '../detector.ts'
import { any } from './any.ts'

const bad: Assessment = { is: 'bad' }
const good: Assessment = { is: 'good' }
const between: Assessment = { is: 'between' }
const unknown: Assessment = { is: 'unknown' }

describe('any', () => {
  it.each([
    [[good, good], good],
    [[good, between], between],
    [[good, unknown, between], unknown],
    [[good, unknown, bad], bad],
    [[{ is: 'bad', crossesAt: 3 }, good, { is: 'bad', crossesAt: 5 }], { is: 'bad', crossesAt: 3 }],
  ] as [Assessment[], Assessment][])('of %j is %j', (verdicts, expected) => {
    expect(any.combineAssessments(verdicts)).toEqual(expected)
  })

  it('reports the detector that is bad, and ends when all are good', () => {
    const parts = [
      '{ threshold: { metric: battery_temp_c, above: 45 }, clear: 40 }',
      '{ threshold: { metric: battery_health_pct, below: 80 } }',
    ]
    const phone = new TestPhone(hotBatteryRule({ detect: `{ any: { of: [ ${parts.join(', ')} ] } }` }))
    phone.read(1, { battery_temp_c: 43, battery_health_pct: 79 })
    expect(phone.findings[0]?.evidence).toMatchObject({ detector: 'any', metric: 'battery_health_pct' })
    phone.read(2, { battery_temp_c: 43, battery_health_pct: 90 })
    expect(phone.findings).toHaveLength(1)
    phone.read(3, { battery_temp_c: 40, battery_health_pct: 90 })
    expect(phone.transitions).toEqual(['raised 1', 'cleared 3'])
  })
})
