import { describe, expect, it } from 'vitest'
import { createEngine } from '../engine/create-engine.ts'
import { validateRuleText } from '../files/load-rules.ts'
import { runRuleTests } from '../rule-tests/run-rule-tests.ts'
import { parseRule, shippedKinds, shippedReferences, start } from '../testing/rules.ts'
import { addDerivedMetrics } from './add-derived-metrics.ts'

function derived(kind: string, values: Record<string, number>) {
  return addDerivedMetrics(values, shippedKinds.get(kind)?.derivations ?? [])
}

describe('the shipped derived metrics', () => {
  it('make the speed of a brush independent of its load', () => {
    const onBareFloor = derived('robot_vacuum', { main_brush_rpm: 1526, main_brush_load_pct: 32 })
    const onCarpet = derived('robot_vacuum', { main_brush_rpm: 1440, main_brush_load_pct: 58 })
    expect(onBareFloor.main_brush_rpm_nominal).toBeCloseTo(1499.6, 9)
    expect(onCarpet.main_brush_rpm_nominal).toBeCloseTo(1499.4, 9)
  })

  it('make the pressure drop of a filter independent of fan speed', () => {
    expect(derived('air_conditioner', { filter_dp_pa: 123, fan_rpm: 984 }).filter_dp_nominal_pa).toBeCloseTo(
      150,
      9,
    )
    const atRest = { filter_dp_pa: 1, fan_rpm: 0 }
    expect(derived('air_conditioner', atRest)).toEqual(atRest)
  })

  it('compute the health of a battery from its capacity', () => {
    const phone = { charge_counter_mah: 3280, design_capacity_mah: 4000 }
    expect(derived('phone', phone).charge_health_pct).toBeCloseTo(82, 9)
    const car = { charge_full_kwh: 45, traction_capacity_kwh: 60 }
    expect(derived('vehicle', car).charge_health_pct).toBeCloseTo(75, 9)
  })
})

const text = `
rule: phone.charge_low
kind: phone
component: battery
detect: { threshold: { metric: charge_health_pct, below: 80 } }
severity: minor
tests:
  - name: falls below four fifths
    series: { charge_counter_mah: "3300-100x3 every 1d", design_capacity_mah: "4000x3 every 1d" }
    expect: [{ at: 2d..2d, finding: raised }]
`

describe('a rule', () => {
  it('may evaluate a derived metric; its tests give the inputs', () => {
    const { rule } = validateRuleText({ file: 'a.yaml', text }, shippedReferences)
    expect(rule && runRuleTests(rule, shippedKinds)).toMatchObject([{ outcome: { is: 'passed' } }])
  })

  it('is rejected when its tests give a derived metric', () => {
    const given = text.replace('charge_counter_mah:', 'charge_health_pct:')
    expect(validateRuleText({ file: 'a.yaml', text: given }, shippedReferences).problems).toMatchObject([
      {
        line: 9,
        message: 'charge_health_pct is derived, not measured',
        hint: 'give its inputs instead: charge_counter_mah, design_capacity_mah',
      },
    ])
  })

  it('has the derived metric in its evidence', () => {
    const engine = createEngine({ kinds: shippedKinds, rules: [parseRule(text)] })
    const { state } = engine.step(undefined, { type: 'device', device: { id: 'p', kind: 'phone' } })
    const values = { charge_counter_mah: 2000, design_capacity_mah: 4000 }
    const { findings } = engine.step(state, { type: 'reading', reading: { device: 'p', ts: start, values } })
    expect(findings[0]?.evidence).toMatchObject({ metric: 'charge_health_pct', unit: '%', value: 50 })
  })
})
