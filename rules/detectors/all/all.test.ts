import { describe, expect, it } from 'vitest'
import { validateRuleText } from '../../files/load-rules.ts'
import { hotBatteryRule, shippedReferences, start, TestPhone } from '../../testing/rules.ts'
import type { Assessment } from '../detector.ts'
import { all } from './all.ts'

const bad: Assessment = { is: 'bad' }
const good: Assessment = { is: 'good' }
const between: Assessment = { is: 'between' }
const unknown: Assessment = { is: 'unknown' }
const hot = 'threshold: { metric: battery_temp_c, above: 45 }'
const worn = 'threshold: { metric: battery_health_pct, below: 80 }'

describe('all', () => {
  it.each([
    [[bad, bad], bad],
    [[bad, between], between],
    [[bad, unknown, between], unknown],
    [[bad, unknown, good], good],
    [[{ is: 'bad', crossesAt: 3 }, bad, { is: 'bad', crossesAt: 5 }], { is: 'bad', crossesAt: 5 }],
  ] as [Assessment[], Assessment][])('of %j is %j', (verdicts, expected) => {
    expect(all.combineAssessments(verdicts)).toEqual(expected)
  })

  it('reports the assessment of each detector', () => {
    const phone = new TestPhone(hotBatteryRule({ detect: `{ all: { of: [ { ${hot} }, { ${worn} } ] } }` }))
    phone.read(1, { battery_temp_c: 50 })
    phone.read(1.1, { battery_health_pct: 70 })
    expect(phone.findings).toHaveLength(1)
    expect(phone.findings[0]?.evidence).toMatchObject({
      detector: 'all',
      metric: 'battery_temp_c',
      value: 50,
      parts: [
        { detector: 'threshold', metric: 'battery_temp_c', limit: 45 },
        { detector: 'threshold', metric: 'battery_health_pct', limit: 80, value: 70 },
      ],
    })
  })

  it('is not changed by a repeated or late reading', () => {
    const detect = `{ all: { of: [ { threshold: { metric: battery_temp_c, above: 45, in_a_row: 2 } }, { ${worn} } ] } }`
    const phone = new TestPhone(hotBatteryRule({ detect, late: 'evaluate' }))
    phone.read(1, { battery_temp_c: 50, battery_health_pct: 70 })
    const before = phone.state
    phone.read(1, { battery_temp_c: 50, battery_health_pct: 70 })
    expect(phone.state).toEqual(before)
    phone.read(0.5, { battery_temp_c: 20, battery_health_pct: 90 })
    phone.read(2, { battery_temp_c: 50 })
    expect(phone.findings).toHaveLength(0)
    phone.read(2.1, { battery_temp_c: 50, battery_health_pct: 70 })
    expect(phone.transitions).toEqual(['raised 2.1'])
  })

  it('passes ticks to the detectors that need them', () => {
    const detect = `{ all: { of: [ { silence: { intervals: 4 } }, { calendar: { every: 1mo } } ] } }`
    const phone = new TestPhone(hotBatteryRule({ component: 'device', detect }))
    phone.readCool(0)
    const tick = (days: number) => phone.step({ type: 'tick', at: start + days * 86_400_000 })
    for (const at of [0, 10, 30]) tick(at)
    const before = JSON.stringify(phone.state)
    tick(30.5)
    expect(JSON.stringify(phone.state)).toBe(before)
    for (const at of [31, 32]) tick(at)
    phone.readCool(33)
    tick(33.1)
    expect(phone.transitions).toEqual(['raised 31', 'cleared 33.1'])
  })

  it('may contain a composite, but that one no further composite', () => {
    const problemsOf = (detect: string) =>
      validateRuleText({ file: 'x.yaml', text: hotBatteryRule({ detect }) }, shippedReferences).problems.map(
        ({ message }) => message,
      )
    const one = `any: { of: [ { ${hot} }, { ${worn} } ] }`
    const two = `all: { of: [ { ${hot} }, { ${one} } ] }`
    expect(problemsOf(`{ ${two} }`)).toEqual([])
    expect(problemsOf(`{ any: { of: [ { ${hot} }, { ${two} } ] } }`)).toContain('unknown key "any"')
  })

  it('reports where a detector within it is wrong', () => {
    const detect = `{ all: { of: [ { ${hot}, clear: 60 }, { threshold: { metric: heat, above: 3 } } ] } }`
    const { problems } = validateRuleText(
      { file: 'x.yaml', text: hotBatteryRule({ detect, clear: '3' }) },
      shippedReferences,
    )
    expect(problems.map(({ message, column }) => `${column} ${message}`)).toEqual([
      `${`detect: ${detect}`.indexOf('60') + 1} clear: 60 is on the bad side of the limit`,
      `${`detect: ${detect}`.indexOf('heat') + 1} unknown metric of phone "heat"`,
      '8 all has no clear:',
    ])
  })
})
