import { describe, expect, it } from 'vitest'
import { hotBatteryRule, parseRule, start, TestPhone } from '../testing/rules.ts'
import { presentDetectorName, presentStateKey, withPresentNames } from './former-names.ts'

describe('a rule text from the journal', () => {
  it('is read in the present language, with its comments', () => {
    const former = `# Worn.
${hotBatteryRule({ flap: '{ raises: 2, hold: 7d }', detect: '{ trend: { metric: battery_health_pct, below: 80, within: 30d } }' })}`
    const text = withPresentNames(former)
    expect(text).toMatch(/^# Worn\./)
    expect(parseRule(text)).toMatchObject({
      detect: { name: 'forecast' },
      hold: { forMs: 7 * 86_400_000, raises: 2, withinMs: 30 * 86_400_000 },
    })
  })

  it('may have former detectors in a combination', () => {
    const parts = [
      '{ life: { metric: battery_health_pct, below: 80, within: 30d }, clear: 82 }',
      '{ trend: { metric: battery_temp_c, above: 45, within: 9d } }',
    ]
    const text = withPresentNames(hotBatteryRule({ detect: `{ any: { of: [${parts.join(', ')}] } }` }))
    expect(text).toContain('learn_from: fleet')
    expect(text).toContain('learn_from: own')
    expect(() => parseRule(text)).not.toThrow()
  })

  it('stays as it is without former names, and where it is no YAML', () => {
    for (const text of [hotBatteryRule(), 'trend: {', 'trend: no mapping\n']) {
      expect(withPresentNames(text)).toBe(text)
    }
  })
})

it('names of detectors and keys of states are mapped, also within combinations', () => {
  expect(['trend', 'life', 'drop'].map(presentDetectorName)).toEqual(['forecast', 'forecast', 'drop'])
  expect(presentStateKey('all [trend a 1; threshold life; life b 2]')).toBe(
    'all [forecast a 1; threshold life; forecast b 2]',
  )
})

it('the state of a former detector is taken over', () => {
  const detect = '{ forecast: { metric: battery_health_pct, below: 80, within: 30d, learn_from: own } }'
  const phone = new TestPhone(hotBatteryRule({ detect, for: '1s' }))
  for (let at = 0; at < 60; at++) phone.read(at, { battery_health_pct: 95 - 0.1 * at })
  const rule = phone.state?.rules['phone.battery_hot']
  if (phone.state === undefined || rule === undefined) throw new Error('the phone has no state')
  rule.version = 'former'
  rule.stateKey = rule.stateKey.replace('forecast', 'trend')
  for (let at = 60; at < 160; at++) phone.read(at, { battery_health_pct: 95 - 0.1 * at })
  const raised = phone.findings.find(({ state }) => state === 'raised')
  expect(raised?.evidence.points[0]?.[0]).toBeLessThan(start + 5 * 86_400_000)
})
