import { describe, expect, test } from 'vitest'
import { emptyFleetModel, type FleetModel, hazardKey } from '../../../contract/fleet-model.ts'
import { dayMs } from '../../../lib/time.ts'
import { createEngine } from '../../engine/create-engine.ts'
import type { DeviceState, Engine, RuleInput } from '../../engine/engine.ts'
import { FleetModelBuilder } from '../../fleet-model/fleet-model-builder.ts'
import { parseRule, shippedKinds, start } from '../../testing/rules.ts'
import { addLook, lookStates, parseHazardKey, stateAt, unseenLevel } from './looks.ts'

const ruleText = (settings: string, name = 'robot_vacuum.brush_motor_fails_soon') => `
rule: ${name}
kind: robot_vacuum
component: main_brush_motor
detect: { hazard: ${settings} }
severity: minor
tests: [{ name: none, expect: [] }]
`

describe('looks', () => {
  const hazard = { counters: ['a', 'b'], withinMs: 30 }
  const looks = [0, 1, unseenLevel, 30, 2, 5, 60, 4, 5, 90, 7, 6]

  test('have levels, and increases over three intervals or since the counter was first seen', () => {
    expect(lookStates(looks, hazard).at(-1)).toEqual({
      at: 90,
      counters: { a: { level: 7, increase: 6 }, b: { level: 6, increase: 1 } },
    })
    expect(stateAt(looks, [125, 9, 6], hazard)).toEqual({
      at: 125,
      counters: { a: { level: 9, increase: 7 }, b: { level: 6, increase: 1 } },
    })
    expect(stateAt([], [10, 3, unseenLevel], hazard).counters).toEqual({ a: { level: 3, increase: 0 } })
  })

  test('are bounded in number', () => {
    const many: number[] = []
    for (let n = 0; n < 100; n++) addLook(many, [n, 0, 0])
    expect(many).toHaveLength(24 * 3)
    expect(many[0]).toBe(76)
  })

  test('without counters are ages', () => {
    expect(lookStates([5, 35], { counters: [], withinMs: 30 })).toEqual([
      { at: 5, counters: {} },
      { at: 35, counters: {} },
    ])
    expect(parseHazardKey(hazardKey({ kind: 'k', component: 'c' }, [], 30))).toEqual({
      counters: [],
      withinMs: 30,
    })
    expect(parseHazardKey(hazardKey({ kind: 'k', component: 'c' }, ['a', 'b'], 30))).toEqual(hazard)
  })
})

interface Fleet {
  engine: Engine
  states: DeviceState[]
}

const days = (count: number, everyDays = 5) =>
  Array.from({ length: count / everyDays }, (_, n) => n * everyDays)

/** Vacuums of which every second one gets a new brush motor after 300 days, sixty days after its current began to rise. */
function vacuums(settings: string, count = 24): Fleet {
  const engine = createEngine({ kinds: shippedKinds, rules: [parseRule(ruleText(settings))] })
  const states = Array.from({ length: count }, (_, n) => {
    const id = `vacuum-${n}`
    const fails = n % 2 === 0
    const inputs: RuleInput[] = [
      { type: 'device', device: { id, kind: 'robot_vacuum', model: 'W', inUseSince: start } },
      ...days(fails ? 300 + n : 420).map((day): RuleInput => {
        const values = { [metric]: fails && day > 240 ? 1 + (day - 240) / 10 : 0.5 }
        return { type: 'reading', reading: { device: id, ts: start + day * dayMs, values } }
      }),
      ...(fails
        ? [
            {
              type: 'part_replaced',
              component: 'main_brush_motor',
              ts: start + (300 + n) * dayMs,
            } as RuleInput,
          ]
        : []),
    ]
    let state: DeviceState | undefined
    for (const input of inputs) state = engine.step(state, input).state
    if (state === undefined) throw new Error('no state')
    return state
  })
  return { engine, states }
}

const metric = 'brush_current_a'

function modelOf({ engine, states }: Fleet, order: readonly DeviceState[] = states): FleetModel {
  const builder = new FleetModelBuilder(engine)
  for (const state of order) builder.add(state)
  return builder.build(start)
}

const settings = `{ metrics: [${metric}], within: 30d, probability: 0.2 }`

describe('the fleet model', () => {
  test('has a hazard of parts that were replaced and of parts in use', () => {
    const { hazards = {} } = modelOf(vacuums(settings))
    const [[key, model] = ['', undefined]] = Object.entries(hazards)
    expect(key).toBe(hazardKey({ kind: 'robot_vacuum', component: 'main_brush_motor' }, [metric], 30 * dayMs))
    expect(model).toMatchObject({ cohorts: ['W'] })
    // Two failed more than thirty days after their last look.
    expect(model?.failures).toBe(10)
  })

  test('is the same in any order, and from the parts of two partitions', () => {
    const fleet = vacuums(settings)
    const whole = modelOf(fleet)
    expect(modelOf(fleet, fleet.states.toReversed())).toEqual(whole)
    const both = new FleetModelBuilder(fleet.engine)
    for (const half of [fleet.states.slice(0, 9), fleet.states.slice(9)]) {
      const part = new FleetModelBuilder(fleet.engine)
      for (const state of half) part.add(state)
      both.addParts(part.parts())
    }
    expect(both.build(start)).toEqual(whole)
  })

  test('has none with fewer than three failures, and none without such a rule', () => {
    expect(modelOf(vacuums(settings, 4)).hazards).toBeUndefined()
    const { states } = vacuums(settings)
    const other = createEngine({ kinds: shippedKinds, rules: [] })
    expect(modelOf({ engine: other, states }).hazards).toBeUndefined()
  })
})

describe('a device', () => {
  function findingsOf(fleet: Fleet, model: FleetModel, levelAt: (day: number) => number) {
    let state: DeviceState | undefined
    const device = { id: 'mine', kind: 'robot_vacuum', model: 'W', inUseSince: start }
    state = fleet.engine.step(state, { type: 'device', device }).state
    return days(320).flatMap((day) => {
      const reading = { device: 'mine', ts: start + day * dayMs, values: { [metric]: levelAt(day) } }
      const step = fleet.engine.step(state, { type: 'reading', reading }, model)
      state = step.state
      return step.findings.map((finding) => ({ day, finding }))
    })
  }
  const rises = (day: number) => (day > 200 ? 1 + (day - 200) / 10 : 0.5)

  test('is bad when it looks as others did before they failed', () => {
    const fleet = vacuums(settings)
    const model = modelOf(fleet)
    const [first] = findingsOf(fleet, model, rises)
    expect(first?.day).toBeGreaterThan(200)
    expect(first?.day).toBeLessThan(270)
    expect(first?.finding.evidence).toMatchObject({ detector: 'hazard', metric, limit: 0.2 })
    expect(first?.finding.evidence.probability).toBeGreaterThanOrEqual(0.2)
    expect(findingsOf(fleet, model, () => 0.5).filter(({ day }) => day < 270)).toEqual([])
  })

  test('is unknown without a hazard in the fleet model', () => {
    const fleet = vacuums(settings)
    expect(findingsOf(fleet, emptyFleetModel, rises)).toEqual([])
  })

  test('is bad at an age at which others failed, without any metric', () => {
    const fleet = vacuums('{ within: 30d, probability: 0.08 }')
    const [first] = findingsOf(fleet, modelOf(fleet), () => 0.5)
    expect(first?.day).toBeGreaterThan(200)
    expect(first?.finding.evidence).toMatchObject({ detector: 'hazard' })
  })
})

test.each([
  ['{ metrics: [no_such], within: 30d }', /no_such/],
  [`{ metrics: [${metric}, ${metric}], within: 30d }`, /named twice/],
  ['{ within: 30d, probability: 1 }', /1/],
  ['{ metrics: [] }', /within/],
])('%s is rejected', (wrong, message) => {
  expect(() => parseRule(ruleText(wrong))).toThrow(message)
})
