import { describe, expect, it } from 'vitest'
import { validateRuleText } from '../files/load-rules.ts'
import { catalogFolder, hotBatteryRule, shippedKinds, shippedReferences } from '../testing/rules.ts'
import { runRuleTests, validateAndTestRules } from './run-rule-tests.ts'

/** Return the outcome of one test, given as YAML, of the rule for hot batteries. */
function outcomeOf(test: string, changes: Record<string, string> = {}) {
  const text = hotBatteryRule({ ...changes, tests: `[{ name: x, ${test} }]` })
  const { rule, problems } = validateRuleText({ file: 'x.yaml', text }, shippedReferences)
  expect(problems).toEqual([])
  return rule && runRuleTests(rule, shippedKinds)[0]?.outcome
}

const series = 'series: { battery_temp_c: "25x3 50x3 25x3 every 1d" }'

describe('a rule test', () => {
  it.each([
    ['both in time', 'expect: [{ at: 4d, finding: raised }, { at: 8d..8d, finding: cleared }]'],
    ['to the moment', 'expect: [{ at: 4d..4d, finding: raised }, { at: 8d..8d, finding: cleared }]'],
  ])('passes with %s', (_what, expected) => {
    expect(outcomeOf(`${series}, ${expected}`)).toEqual({ is: 'passed' })
  })

  it.each([
    ['expect: []', 'nothing'],
    ['expect: [{ at: 4d, finding: raised }]', 'raised by 4d'],
    ['expect: [{ at: 3d, finding: raised }, { at: 8d, finding: cleared }]', 'raised by 3d, cleared by 8d'],
    [
      'expect: [{ at: 5d..6d, finding: raised, crossing: 9d }, { at: 8d, finding: cleared }]',
      'raised within 5d..6d with a crossing by 9d, cleared by 8d',
    ],
  ])('fails with %s, and reports the actual findings', (expectation, expected) => {
    const actual = 'raised at 4d, cleared at 8d'
    expect(outcomeOf(`${series}, ${expectation}`)).toEqual({ is: 'failed', expected, actual })
  })

  it('without any finding reports "nothing"', () => {
    const outcome = outcomeOf(
      'series: { battery_temp_c: "25x3 every 1d" }, expect: [{ at: 1d, finding: raised }]',
    )
    expect(outcome).toMatchObject({ actual: 'nothing' })
  })

  it('reports the predicted date', () => {
    const detect = '{ forecast: { metric: battery_health_pct, below: 80, within: 30d } }'
    const outcome = outcomeOf('series: { battery_health_pct: "90-0.2x60 every 1d" }, expect: []', { detect })
    expect(outcome).toMatchObject({
      actual: expect.stringMatching(/^raised at [23]\dd \(crossing 50d, between/),
    })
  })

  it('can replace the part and upload old readings', () => {
    const events = 'events: [part_replaced at 5d]'
    const uploads =
      'uploads: [{ arrives: 20d, hist: false, series: { battery_temp_c: "50x4 every 1d from 12d" } }]'
    expect(
      outcomeOf(
        `${series}, ${events}, ${uploads}, expect: [{ at: 4d, finding: raised }, { at: 5d..5d, finding: cleared }, { at: 5d..5d, finding: raised }, { at: 8d, finding: cleared }, { at: 12d..12d, finding: raised }]`,
      ),
    ).toEqual({ is: 'passed' })
  })

  it('of the example in the design passes', () => {
    const text = `
rule: robot_vacuum.battery_worn
kind: robot_vacuum
component: battery
detect:
  forecast: { metric: battery_health_pct, below: 80, within: 30d, confidence: 0.8 }
for: 24h
clear: 82
late: features
severity: minor
then:
  notice: battery_replacement
  ticket: { sla: level3, part: battery, skill: power }
tests:
  - name: reminds before 80 %, once
    series: { battery_health_pct: "90-0.2x60 every 1d" }
    expect: [{ at: 45d, finding: raised }]
`
    const { rule } = validateRuleText({ file: 'x.yaml', text }, shippedReferences)
    expect(rule && runRuleTests(rule, shippedKinds).map(({ outcome }) => outcome)).toEqual([{ is: 'passed' }])
  })
})

describe('the catalogue', async () => {
  const { problems, results } = await validateAndTestRules([catalogFolder], shippedReferences)

  it('has no problems', () => {
    expect(problems).toEqual([])
  })

  it.each(results.map(({ rule, test, outcome }) => [`${rule}: ${test}`, outcome] as const))(
    '%s',
    (_name, outcome) => {
      expect(outcome).toEqual({ is: 'passed' })
    },
  )
})
