import { beforeAll, describe, expect, it } from 'vitest'
import { createEngine } from '../engine/create-engine.ts'
import type { DeviceState, Engine } from '../engine/engine.ts'
import { type LoadedRule, validateRules } from '../files/load-rules.ts'
import { formatFindings } from '../rule-tests/compare-findings.ts'
import { ruleTestSchema } from '../rule-tests/schema.ts'
import { buildTestInputs } from '../rule-tests/test-inputs.ts'
import { catalogFolder, shippedKinds, shippedReferences } from '../testing/rules.ts'

let rules: LoadedRule[]
let engine: Engine
beforeAll(async () => {
  rules = (await validateRules([catalogFolder], shippedReferences)).rules
  engine = createEngine({ kinds: shippedKinds, rules: rules.map(({ rule }) => rule) })
})

/** Return the findings of all shipped rules for a device, by rule; `test` has the format of a rule's `tests:`. */
function transitions(rule: string, test: object): Record<string, string> {
  const loaded = rules.find((one) => one.rule.name === rule)
  if (loaded === undefined) throw new Error(`no rule ${rule}`)
  const script = ruleTestSchema.parse({ name: rule, expect: [], ...test })
  let state: DeviceState | undefined
  const findings = buildTestInputs(loaded, script, { ticks: false, latenessMs: 0 }).flatMap((input) => {
    const step = engine.step(state, input)
    state = step.state && JSON.parse(JSON.stringify(step.state))
    return step.findings
  })
  const names = new Set(findings.map((finding) => finding.rule))
  const findingsBy = (name: string) => formatFindings(findings.filter((finding) => finding.rule === name))
  return Object.fromEntries([...names].map((name) => [name, findingsBy(name)]))
}

describe('the sensors of the shipped kinds', () => {
  it('a pressure spike causes no alarm, however high it is', () => {
    const series = { filter_dp_pa: '200x20~5 2900 200x20~5 2500 200x20~5 every 1d' }
    expect(transitions('robot_vacuum.filter_clogged', { series })).toEqual({
      'sensor.filter_dp_pa': 'raised at 22d, cleared at 32d, raised at 44d, cleared at 54d',
    })
  })

  it('a disconnected pressure sensor causes no alarm', () => {
    const series = { filter_dp_pa: '200x20~5 3000x40 200x20~5 every 1d' }
    expect(transitions('robot_vacuum.filter_clogged', { series })).toEqual({
      'sensor.filter_dp_pa':
        'raised at 21d, updated at 22d, updated at 24d, updated at 28d, updated at 36d, updated at 52d, cleared at 71d',
    })
  })

  it('a cleaned filter is no sensor fault', () => {
    const series = { filter_dp_pa: '100+6x60~5 90+6x60~5 every 1d' }
    expect(transitions('robot_vacuum.filter_clogged', { series })).not.toHaveProperty(['sensor.filter_dp_pa'])
  })

  it('a filter that clogs suddenly is found one reading later', () => {
    const series = { filter_dp_pa: '200x40~5 900x40~5 every 1d' }
    const found = transitions('robot_vacuum.filter_clogged', { series })
    expect(Object.keys(found)).toEqual(['robot_vacuum.filter_clogged'])
  })

  it('a recalibration of the gauge is no sensor fault', () => {
    const series = { battery_health_pct: '94x30 92x30 97x30 every 6h' }
    expect(transitions('phone.battery_worn', { series })).toEqual({})
  })

  it('a gauge with a constant percentage is not stuck', () => {
    expect(transitions('phone.battery_worn', { series: { battery_health_pct: '94x1000 every 6h' } })).toEqual(
      {},
    )
  })

  it('single readings of an empty battery do not raise wear', () => {
    const series = { battery_health_pct: '94x20 0 94x20 20 94x20 0 0 94x20 every 6h' }
    expect(Object.keys(transitions('phone.battery_worn', { series }))).toEqual(['sensor.battery_health_pct'])
  })

  it('a stuck vibration sensor is reported, and recovers', () => {
    const series = { drum_vibration_g: '0.5x20~0.1 0.612x99 0.5x20~0.1 every 1d' }
    expect(transitions('washing_machine.drum_vibration', { series })).toEqual({
      'sensor.drum_vibration_g':
        'raised at 50d, updated at 51d, updated at 53d, updated at 57d, updated at 65d, updated at 81d, updated at 113d, cleared at 130d',
    })
  })

  it.each([
    ['robot_vacuum.battery_worn', 'battery_health_pct', '96-0.02x60 47.4-0.01x20 every 1d'],
    ['robot_vacuum.battery_worn', 'battery_health_pct', '96-0.02x20 47.4-0.01x3 every 7d'],
    ['phone.battery_worn', 'battery_health_pct', '96-0.02x60 0.95x40 every 1d'],
    ['phone.battery_worn', 'charge_counter_mah', '3900-1x60~10 3.8x40~0.01 every 1d'],
    ['water_heater.element_weak', 'heating_power_w', '2000x60~40 2x60~0.04 every 1d'],
    ['water_heater.anode_used_up', 'anode_current_ma', '3-0.008x60~0.05 0.0025x60 every 1d'],
    ['refrigerator.too_warm', 'fridge_temp_c', '4x20~0.4 39.2x40~0.7 every 6h'],
    ['refrigerator.too_warm', 'freezer_temp_c', '-18x20~0.4 -0.4x40~0.7 every 6h'],
    ['robot_vacuum.filter_clogged', 'filter_dp_pa', '200x40~5 0.2x40~0.005 every 1d'],
    ['robot_vacuum.brush_motor_slow', 'main_brush_rpm', '1550x40~10 25.8x40~0.2 every 1d'],
    ['vehicle.battery_12v_flat', 'battery_12v_rest_v', '12.5x30~0.05 6.25x20 every 1d'],
    ['air_conditioner.filter_due', 'airflow_m3h', '600x30~8 10x40~0.1 every 1d'],
    ['robot_vacuum.brush_used', 'runtime_h', '15+1x5 75600+3600x20 every 1d'],
    ['robot_vacuum.brush_used', 'runtime_h', '15+1x50 4000+60x20 every 1d'],
    ['robot_vacuum.brush_used', 'runtime_h', '48+1x50 4.0875+0.05x20 every 1d'],
    ['phone.battery_warranty', 'battery_cycles', '300+1x50 351000+1000x20 every 1d'],
    ['vehicle.silent', 'odometer_km', '1000+50x20 2050000+50000x10 every 1d'],
  ])('%s: %s in another unit is a sensor fault and no alarm', (rule, metric, text) => {
    expect(Object.keys(transitions(rule, { series: { [metric]: text } }))).toEqual([`sensor.${metric}`])
  })

  it('a sensor that is back on its old scale is trusted again', () => {
    const series = { battery_health_pct: '96-0.02x60 47.4-0.01x10 93-0.02x40 every 1d' }
    expect(transitions('robot_vacuum.battery_worn', { series })).toEqual({
      'sensor.battery_health_pct': 'raised at 62d, updated at 64d, updated at 68d, cleared at 81d',
    })
  })

  it('a battery that stays at half of its level for a month is worn', () => {
    const series = { battery_health_pct: '96-0.02x60 47.4-0.01x60 every 1d' }
    const found = transitions('robot_vacuum.battery_worn', { series })
    expect(found['robot_vacuum.battery_worn']).toMatch(/^raised at 9\dd/)
  })

  it.each([
    ['robot_vacuum.battery_worn', { battery_health_pct: '90x60~0.2 70x20~0.2 every 1d' }],
    ['water_heater.element_weak', { heating_power_w: '2000x60~40 1333x20~20 every 1d' }],
    ['washing_machine.drum_vibration', { drum_vibration_g: '0.5x30~0.05 2.6x20~0.2 every 1d' }],
    ['refrigerator.too_warm', { freezer_temp_c: '-18x20~0.4 -8 -3 -1 0x10~0.3 5 10 15x20 every 6h' }],
    ['refrigerator.too_warm', { fridge_temp_c: '4x20~0.4 6 9 12x10~0.4 every 6h' }],
  ])('%s: fast damage is no change of scale', (rule, series) => {
    expect(Object.keys(transitions(rule, { series }))).toEqual([rule])
  })

  it('a thaw that begins where Fahrenheit would be is found when it goes on', () => {
    const series = { freezer_temp_c: '-18x20~0.4 -0.4x4 5 10 15x20 every 6h' }
    expect(transitions('refrigerator.too_warm', { series })['refrigerator.too_warm']).toMatch(/^raised at 7/)
  })

  it('a new part may be far from the old one', () => {
    const series = { battery_health_pct: '75x40 100x40 every 6h' }
    const found = transitions('phone.battery_worn', { series, events: ['part_replaced at 10.1d'] })
    expect(Object.keys(found)).toEqual(['phone.battery_worn'])
  })

  it('duplicates and late readings change nothing', () => {
    const series = { filter_dp_pa: '200x20~5 2900 200x20~5 every 1d' }
    const once = transitions('robot_vacuum.filter_clogged', { series })
    expect(transitions('robot_vacuum.filter_clogged', { series, repeat: 3 })).toEqual(once)
    const uploads = [{ arrives: '30d', series: { filter_dp_pa: '2900 200x18~5 every 1d from 1.5d' } }]
    expect(transitions('robot_vacuum.filter_clogged', { series, uploads })).toEqual(once)
  })
})
