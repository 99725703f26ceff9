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
