import { describe, expect, it } from 'vitest'
import { hotBatteryRule, parseRule, shippedReferences } from '../testing/rules.ts'
import { validateRuleTexts } from './load-rules.ts'
import { formatProblem } from './rule-file-problem.ts'

const named = (name: string, unless: string) => ({
  file: `${name}.yaml`,
  text: hotBatteryRule({ rule: `phone.${name}`, unless }),
})

function check(texts: ReturnType<typeof named>[], otherRules: string[] = []) {
  return validateRuleTexts(texts, { ...shippedReferences, otherRules: otherRules.map(parseRule) })
}

const problemsOf = (...given: Parameters<typeof check>) => check(...given).problems.map(formatProblem)

describe('`unless`', () => {
  it('names rules that are validated with it or live already', () => {
    const hot = named('hot', '[phone.dead]')
    expect(problemsOf([hot, named('dead', '[]')])).toEqual([])
    expect(problemsOf([hot], [named('dead', '[]').text])).toEqual([])
  })

  it('must name rules of the same kind', () => {
    const other = hotBatteryRule({
      rule: 'robot_vacuum.dead',
      kind: 'robot_vacuum',
      detect: '{ threshold: { metric: battery_health_pct, below: 5 } }',
      tests: '[{ name: x, expect: [] }]',
    })
    const hot = named('hot', '[phone.deed, robot_vacuum.dead]')
    expect(problemsOf([hot, named('dead', '[]')], [other])).toEqual([
      'hot.yaml:7:10: unknown rule of phone "phone.deed"; did you mean "phone.dead"? allowed: phone.dead',
      'hot.yaml:7:22: unknown rule of phone "robot_vacuum.dead"; allowed: phone.dead',
    ])
  })

  it('contains no cycle', () => {
    const cycle = [named('a', '[phone.b]'), named('b', '[phone.c]'), named('c', '[phone.a]')]
    const { rules, problems } = check([...cycle, named('on_it', '[phone.a]')])
    expect(problems.map(formatProblem)).toEqual([
      'a.yaml:7:10: `unless` has a cycle: phone.a, unless phone.b, unless phone.c, unless phone.a; remove one of them',
      'b.yaml:7:10: `unless` has a cycle: phone.b, unless phone.c, unless phone.a, unless phone.b; remove one of them',
      'c.yaml:7:10: `unless` has a cycle: phone.c, unless phone.a, unless phone.b, unless phone.c; remove one of them',
    ])
    expect(rules.map(({ rule }) => rule.name)).toEqual(['phone.on_it'])
    expect(problemsOf([named('self', '[phone.self]')])).toEqual([
      'self.yaml:7:10: `unless` has a cycle: phone.self, unless phone.self; remove one of them',
    ])
  })

  it('uses the new text of a rule, not the live one', () => {
    const live = [named('a', '[phone.b]').text, named('b', '[]').text]
    expect(problemsOf([named('b', '[phone.a]')], live)).toHaveLength(1)
    expect(problemsOf([named('a', '[]'), named('b', '[phone.a]')], live)).toEqual([])
  })
})
