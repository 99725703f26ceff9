import { describe, expect, it } from 'vitest'
import { hotBatteryRule, parseRule, start } from '../../rules/testing/rules.ts'
import { chooseDevices } from './choose-devices.ts'
import { buildRuleSets } from './rule-sets.ts'

describe('the devices of a backtest', () => {
  const devices = [
    { id: 'phone-1', kind: 'phone' },
    { id: 'phone-20', kind: 'phone' },
    { id: 'vac.1', kind: 'robot_vacuum' },
    { id: 'vac+1', kind: 'robot_vacuum' },
  ].map((device) => ({ ...device, firstSeen: start }))

  it.each([
    [[], ['phone-1', 'phone-20', 'vac.1', 'vac+1']],
    [['vac.1'], ['vac.1']],
    [['phone-?'], ['phone-1']],
    [['*1'], ['phone-1', 'vac.1', 'vac+1']],
    [
      ['kind:robot_vacuum', 'phone-20'],
      ['phone-20', 'vac.1', 'vac+1'],
    ],
  ])('that %j names', (patterns, ids) => {
    expect(chooseDevices(devices, patterns).map(({ id }) => id)).toEqual(ids)
  })

  it.each([
    ['phone-2', 'none of the 4 devices in the history matches "phone-2"; did you mean "phone-1"?'],
    [
      'kind:robot_vacum',
      'none of the 4 devices in the history matches "kind:robot_vacum"; did you mean "kind:robot_vacuum"?',
    ],
    ['xylophone*', 'none of the 4 devices in the history matches "xylophone*"'],
  ])('must be there: %s', (pattern, message) => {
    expect(() => chooseDevices(devices, ['phone-1', pattern])).toThrow(message)
  })
})

describe('the two rule sets', () => {
  const rule = (name: string, changes: Record<string, string> = {}) =>
    parseRule(hotBatteryRule({ rule: `phone.${name}`, ...changes }))
  const names = (rules: readonly { name: string }[]) => rules.map(({ name }) => name.replace('phone.', ''))

  it('are the same except for the candidate', () => {
    const candidate = rule('hot', { severity: 'minor' })
    const sets = buildRuleSets([rule('hot'), rule('warm')], [candidate])
    expect(names(sets.live)).toEqual(['hot', 'warm'])
    expect(names(sets.candidate)).toEqual(['warm', 'hot'])
    expect(sets.candidate.at(-1)).toBe(candidate)
  })

  it('include a new candidate', () => {
    const sets = buildRuleSets([rule('hot')], [rule('hotter')])
    expect(names(sets.live)).toEqual(['hot'])
    expect(names(sets.candidate)).toEqual(['hot', 'hotter'])
  })

  it('leave out rules that cannot affect the candidate', () => {
    const silent = rule('silent', { component: 'device', detect: '{ silence: { intervals: 6 } }' })
    expect(names(buildRuleSets([rule('hot'), silent], [rule('hot')]).live)).toEqual(['hot'])
  })

  it('keep the causes and the effects of the candidate', () => {
    const silence = { component: 'device', detect: '{ silence: { intervals: 6 } }' }
    const silent = rule('silent', { ...silence, unless: '[phone.hot]' })
    const dead = rule('dead', silence)
    const hot = rule('hot', { unless: '[phone.dead]' })
    expect(names(buildRuleSets([silent, dead, hot], [hot]).live)).toEqual(['silent', 'dead', 'hot'])
  })
})
