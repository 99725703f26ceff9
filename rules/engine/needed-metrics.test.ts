import { expect, it } from 'vitest'
import { hotBatteryRule, parseRule, shippedKinds } from '../testing/rules.ts'
import { createEngine } from './create-engine.ts'

const needed = (...texts: string[]) => {
  const rules = texts.map(parseRule)
  return createEngine({ kinds: shippedKinds, rules }).neededMetrics(rules[0]?.kind ?? '')
}

const vacuum = (detect: string, more = '', component = 'main_brush_motor') => `
rule: robot_vacuum.some
kind: robot_vacuum
component: ${component}
detect: ${detect}
severity: minor
${more}
tests: [{ name: none, expect: [] }]
`

it('are those that the detector reads, the load too', () => {
  expect(needed(hotBatteryRule())).toEqual(['battery_temp_c'])
  const drift = '{ drift: { metric: main_brush_rpm, at: { metric: runtime_h, bin: 10000 } } }'
  expect(needed(vacuum(drift))).toEqual(expect.arrayContaining(['main_brush_rpm', 'runtime_h']))
})

it('are those of the formula of a derived metric, and those that stand in for it', () => {
  const derived = '{ threshold: { metric: charge_health_pct, below: 80 } }'
  expect(needed(hotBatteryRule({ detect: derived }))?.toSorted()).toEqual([
    'battery_health_pct',
    'charge_counter_mah',
    'design_capacity_mah',
  ])
})

it('are those of the condition, of every part, and of a service of the component', () => {
  expect(
    needed(
      vacuum(
        '{ threshold: { metric: filter_dp_pa, above: 350 } }',
        'only_while: main_brush_rpm < 100',
        'filter',
      ),
    ),
  ).toEqual(expect.arrayContaining(['filter_dp_pa', 'main_brush_rpm']))
  const both = `{ all: { of: [
    { threshold: { metric: filter_dp_pa, above: 350 } }, { threshold: { metric: runtime_h, above: 5 } } ] } }`
  expect(needed(vacuum(both))).toEqual(expect.arrayContaining(['filter_dp_pa', 'runtime_h']))
  // The pressure falls when the filter is washed.
  expect(needed(vacuum('{ threshold: { metric: runtime_h, above: 5 } }', '', 'filter'))).toEqual(
    expect.arrayContaining(['runtime_h', 'filter_dp_pa']),
  )
})

it('are all where time is evaluated: any message counts', () => {
  expect(needed(hotBatteryRule({ detect: '{ silence: { intervals: 3 } }' }))).toBeUndefined()
})

it('are none of a kind without rules', () => {
  expect(createEngine({ kinds: shippedKinds, rules: [] }).neededMetrics('phone')).toEqual([])
})
