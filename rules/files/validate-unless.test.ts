import { describe, expect, it } from 'vitest'
import { hotBatteryRule, parseRule, shippedReferences } from '../testing/rules.ts'
import { validateRuleTexts } from './load-rules.ts'
import { formatProblem } from './rule-file-problem.ts'

const named = (name: string, unless: string) => ({
  file: `${name}.yaml`,
  text: hotBatteryRule({ rule: `phone.${name}`, unless }),
})

function check(texts: ReturnType<typeof named>[], beside: string[] = []) {
  return validateRuleTexts(texts, { ...shippedReferences, otherRules: beside.map(parseRule) })
}

const problemsOf = (...given: Parameters<typeof check>) => check(...given).problems.map(formatProblem)

describe('`unless`', () => {
  it('names rules that are read with it or run beside it', () => {
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

  it('never leads back to itself', () => {
    const around = [named('a', '[phone.b]'), named('b', '[phone.c]'), named('c', '[phone.a]')]
    const { rules, problems } = check([...around, named('on_it', '[phone.a]')])
    expect(problems.map(formatProblem)).toEqual([
      'a.yaml:7:10: unless goes in a circle: phone.a, unless phone.b, unless phone.c, unless phone.a; take one of them out',
      'b.yaml:7:10: unless goes in a circle: phone.b, unless phone.c, unless phone.a, unless phone.b; take one of them out',
      'c.yaml:7:10: unless goes in a circle: phone.c, unless phone.a, unless phone.b, unless phone.c; take one of them out',
    ])
    expect(rules.map(({ rule }) => rule.name)).toEqual(['phone.on_it'])
    expect(problemsOf([named('self', '[phone.self]')])).toEqual([
      'self.yaml:7:10: unless goes in a circle: phone.self, unless phone.self; take one of them out',
    ])
  })

  it('counts the new text of a rule, not the one that ran beside', () => {
    const beside = [named('a', '[phone.b]').text, named('b', '[]').text]
    expect(problemsOf([named('b', '[phone.a]')], beside)).toHaveLength(1)
    expect(problemsOf([named('a', '[]'), named('b', '[phone.a]')], beside)).toEqual([])
  })
})
