import { describe, expect, test } from 'vitest'
import { emptyFleetModel, type FleetModel, healthKey, parseHealthKey } from '../../../contract/fleet-model.ts'
import { dayMs } from '../../../lib/time.ts'
import { createEngine } from '../../engine/create-engine.ts'
import type { DeviceState, Engine, RuleInput } from '../../engine/engine.ts'
import { FleetModelBuilder } from '../../fleet-model/fleet-model-builder.ts'
import { parseRule, shippedKinds } from '../../testing/rules.ts'

const start = Date.UTC(2025, 0, 1)
const metrics = ['drum_vibration_g', 'drum_noise_db']

const ruleText = (settings: string, more = '') => `
rule: washing_machine.drum_wears
kind: washing_machine
component: drum_motor
detect:
  health: ${settings}
severity: minor
${more}tests: [{ name: none, expect: [] }]
`

const within = `{ metrics: [${metrics.join(', ')}], within: 30d }`

/** Vibration and noise rise in the last hundred days before the end. */
function valuesAt(day: number, endDay: number): Record<string, number> {
  const wear = Math.max(0, day - endDay + 100)
  const noise = Math.sin(day * 12.9898 + endDay)
  return { drum_vibration_g: 0.5 + 0.01 * wear + 0.03 * noise, drum_noise_db: 66 + 0.08 * wear - noise }
}

interface Fleet {
  engine: Engine
  states: DeviceState[]
}

/** Machines whose drum was replaced after 180 to 250 days, and one in use. */
function machines(settings: string, replaced = 8, more = ''): Fleet {
  const engine = createEngine({ kinds: shippedKinds, rules: [parseRule(ruleText(settings, more))] })
  const states = Array.from({ length: replaced + 1 }, (_, n) => {
    const id = `machine-${n}`
    const endDay = n < replaced ? 180 + 10 * n : 1000
    const inputs: RuleInput[] = [
      { type: 'device', device: { id, kind: 'washing_machine', inUseSince: start } },
      ...Array.from({ length: Math.min(endDay, 300) / 3 }, (_, look): RuleInput => {
        const values = valuesAt(3 * look, endDay)
        return { type: 'reading', reading: { device: id, ts: start + 3 * look * dayMs, values } }
      }),
    ]
    if (n < replaced)
      inputs.push({ type: 'part_replaced', device: id, component: 'drum_motor', ts: start + endDay * dayMs })
    let state: DeviceState | undefined
    for (const input of inputs) state = engine.step(state, input).state
    if (state === undefined) throw new Error('no state')
    return state
  })
  return { engine, states }
}

function modelOf({ engine, states }: Fleet, order: readonly DeviceState[] = states): FleetModel {
  const builder = new FleetModelBuilder(engine)
  for (const state of order) builder.add(state)
  return builder.build(start)
}

/** Findings of a machine that ends on day 220, with a reading every third day until then. */
function findingsOf({ engine }: Fleet, model: FleetModel, restart: (state: DeviceState) => DeviceState) {
  const device = { id: 'mine', kind: 'washing_machine', inUseSince: start }
  let state = engine.step(undefined, { type: 'device', device }).state
  return Array.from({ length: 73 }, (_, n) => 3 * n).flatMap((day) => {
    const reading = { device: 'mine', ts: start + day * dayMs, values: valuesAt(day, 220) }
    const step = engine.step(state && restart(state), { type: 'reading', reading }, model)
    state = step.state
    return step.findings.map((finding) => ({ day, finding }))
  })
}

const asIs = (state: DeviceState) => state

describe('the fleet model', () => {
  test('has a health model of parts that were replaced and of parts in use', () => {
    const [[key = '', model] = []] = Object.entries(modelOf(machines(within)).healthModels ?? {})
    expect(key).toBe(healthKey({ kind: 'washing_machine', component: 'drum_motor' }, metrics))
    expect(parseHealthKey(key)).toEqual(metrics)
    expect(model).toMatchObject({ metrics, ended: 8 })
    // The present parts of the machines that got a new one have no looks yet.
    expect(model?.running).toBe(1)
    expect(model?.typicalLife).toBe(215 * dayMs)
  })

  test('is the same in any order, and from the parts of two partitions', () => {
    const fleet = machines(within)
    const whole = modelOf(fleet)
    expect(modelOf(fleet, fleet.states.toReversed())).toEqual(whole)
    const both = new FleetModelBuilder(fleet.engine)
    for (const half of [fleet.states.slice(0, 4), fleet.states.slice(4)]) {
      const part = new FleetModelBuilder(fleet.engine)
      for (const state of half) part.add(state)
      both.addParts(part.parts())
    }
    expect(both.build(start)).toEqual(whole)
  })

  test('has none with fewer than three ended lifetimes, and none without such a rule', () => {
    expect(modelOf(machines(within, 2)).healthModels).toBeUndefined()
    const { states } = machines(within)
    const engine = createEngine({ kinds: shippedKinds, rules: [] })
    expect(modelOf({ engine, states }).healthModels).toBeUndefined()
  })
})

describe('a device', () => {
  test('is bad when its predicted end is near, with index, contributions and interval', () => {
    const fleet = machines(within)
    const [first] = findingsOf(fleet, modelOf(fleet), asIs)
    expect(first?.day).toBeGreaterThan(175)
    expect(first?.day).toBeLessThan(205)
    const { health, crossing, points = [] } = first?.finding.evidence ?? {}
    expect(health).toMatchObject({ lifetimes: 8 })
    const { drum_vibration_g: vibration = 0, drum_noise_db: noise = 0 } = health?.contributions ?? {}
    expect(vibration + noise).toBeCloseTo(100 - (health?.index ?? 0), 6)
    expect(vibration).toBeGreaterThan(5)
    expect(noise).toBeGreaterThan(5)
    const end = start + 220 * dayMs
    expect(Math.abs((crossing?.p50 ?? 0) - end)).toBeLessThan(15 * dayMs)
    expect(crossing?.p10).toBeLessThanOrEqual(end)
    expect(crossing?.p90).toBeGreaterThanOrEqual(end)
    expect(points.length).toBeGreaterThan(30)
    expect(points[0]?.[1]).toBeGreaterThan(points.at(-1)?.[1] ?? 100)
  })

  test('is bad below a limit of the index', () => {
    const fleet = machines(`{ metrics: [${metrics.join(', ')}], limit: 30 }`, 8, 'clear: 40\n')
    const [first, ...others] = findingsOf(fleet, modelOf(fleet), asIs)
    expect(first?.finding.evidence.health?.index).toBeLessThan(30)
    expect(first?.day).toBeGreaterThan(150)
    expect(others.filter(({ finding }) => finding.state === 'raised')).toEqual([])
  })

  test('finds the same when its state is stored and read at each reading', () => {
    const fleet = machines(within)
    const model = modelOf(fleet)
    expect(findingsOf(fleet, model, (state) => JSON.parse(JSON.stringify(state)))).toEqual(
      findingsOf(fleet, model, asIs),
    )
  })

  test('is unknown without a health model', () => {
    expect(findingsOf(machines(within), emptyFleetModel, asIs)).toEqual([])
  })
})

test.each([
  ['{ metrics: [no_such], within: 30d }', '', /no_such/],
  [`{ metrics: [${metrics[0]}, ${metrics[0]}], within: 30d }`, '', /named twice/],
  [`{ metrics: [${metrics[0]}] }`, '', /within:, limit:/],
  ['{ metrics: [], within: 30d }', '', /metrics/],
  [`{ metrics: [${metrics[0]}], limit: 30 }`, 'clear: 20\n', /no index above the limit/],
  [within, 'clear: 20\n', /no index above the limit/],
])('%s %s is rejected', (settings, more, message) => {
  expect(() => parseRule(ruleText(settings, more))).toThrow(message)
})
