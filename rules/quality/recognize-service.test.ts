import { describe, expect, it } from 'vitest'
import type { MissingInput } from '../../contract/measurements.ts'
import { dayMs } from '../../lib/time.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { DeviceState, Engine, RuleInput } from '../engine/engine.ts'
import type { Rule } from '../files/rule.ts'
import { parseRule, shippedKinds, start } from '../testing/rules.ts'

const rule = (detect: string, more = '', name = 'filter_full') =>
  parseRule(`
rule: robot_vacuum.${name}
kind: robot_vacuum
component: filter
detect: ${detect}
severity: minor
${more}
tests: [{ name: x, expect: [] }]
`)

class Vacuum {
  state: DeviceState | undefined
  readonly transitions: string[] = []
  readonly missing: MissingInput[] = []
  readonly #rules: Rule[]
  #engine: Engine

  constructor(...rules: Rule[]) {
    this.#rules = rules
    this.#engine = createEngine({ kinds: shippedKinds, rules })
    this.step({ type: 'device', device: { id: 'v', kind: 'robot_vacuum' } })
  }

  addRule(added: Rule): void {
    this.#rules.push(added)
    this.#engine = createEngine({ kinds: shippedKinds, rules: this.#rules })
  }

  step(input: RuleInput): void {
    const { state, findings, missingInputs = [] } = this.#engine.step(this.state, input)
    this.state = state && JSON.parse(JSON.stringify(state))
    this.transitions.push(
      ...findings.map((one) => `${one.state} ${Math.floor((one.at - start) / dayMs)} in ${one.epoch}`),
    )
    this.missing.push(...missingInputs)
  }

  read(day: number, values: Record<string, number>): void {
    this.step({ type: 'reading', reading: { device: 'v', ts: start + day * dayMs, values } })
  }

  replaceFilter(day: number): void {
    this.step({ type: 'part_replaced', device: 'v', component: 'filter', ts: start + day * dayMs })
  }
}

const full = rule('{ threshold: { metric: filter_dp_pa, above: 350 } }', 'latch: true')

describe('an unreported service', () => {
  const washedEach14Days = (vacuum: Vacuum, from: number, to: number) => {
    for (let day = from; day < to; day++) vacuum.read(day, { filter_dp_pa: 100 + 25 * (day % 14) })
  }

  it('begins the path of the part again, without a new epoch of the part', () => {
    const vacuum = new Vacuum(full)
    washedEach14Days(vacuum, 0, 17)
    expect(vacuum.state?.epochs.filter).toEqual({ number: 0, since: start + 14 * dayMs + 1, services: 1 })
    expect(vacuum.transitions).toEqual(['raised 11 in 0', 'cleared 14 in 0'])
  })

  it('happens at the owner’s own interval', () => {
    const vacuum = new Vacuum(full)
    washedEach14Days(vacuum, 0, 45)
    expect(vacuum.state?.epochs.filter).toMatchObject({ services: 3, serviceIntervalMs: 14 * dayMs })
  })

  it('is not taken from one low reading, a disconnected sensor or a fall by half', () => {
    for (const fall of [
      [60, 400],
      [0, 0, 0, 400],
      [190, 190, 190],
    ]) {
      const vacuum = new Vacuum(full)
      for (const [day, value] of [390, 395, 400, 405, ...fall].entries())
        vacuum.read(day, { filter_dp_pa: value })
      expect(vacuum.state?.epochs).toEqual({})
    }
  })

  it('is not taken from the return to the level after two spikes', () => {
    const vacuum = new Vacuum(full)
    for (const [day, value] of [130, 2000, 1230, 140, 175, 180].entries())
      vacuum.read(day, { filter_dp_pa: value })
    expect(vacuum.state?.epochs).toEqual({})
  })

  it('leaves the path alone when the value that fell comes again', () => {
    const vacuum = new Vacuum(full)
    washedEach14Days(vacuum, 0, 17)
    const before = vacuum.state?.rules
    vacuum.read(14, { filter_dp_pa: 100 })
    expect(vacuum.state?.rules).toEqual(before)
  })

  it('does not count twice when it is reported later', () => {
    const vacuum = new Vacuum(full)
    washedEach14Days(vacuum, 0, 17)
    vacuum.replaceFilter(13.9)
    expect(vacuum.state?.epochs.filter).toEqual({ number: 1, since: start + 14 * dayMs + 1 })
    vacuum.replaceFilter(13.9)
    expect(vacuum.state?.epochs.filter?.number).toBe(1)
  })

  it('at regular intervals keeps forecasts quiet, until it does not come', () => {
    const forecast = rule(
      '{ forecast: { metric: filter_dp_pa, above: 600, within: 60d, learn_from: own, confidence: 0.7, window: 60d } }',
    )
    const vacuum = new Vacuum(forecast)
    washedEach14Days(vacuum, 0, 84)
    const raised = vacuum.transitions.filter((one) => one.startsWith('raised'))
    expect(raised.map((one) => Number(one.split(' ')[1])).every((day) => day < 28)).toBe(true)
    for (let day = 84; day < 100; day++) vacuum.read(day, { filter_dp_pa: 100 + 25 * (day - 84) })
    expect(vacuum.transitions.length).toBe(raised.length * 2)
    for (let day = 100; day < 110; day++) vacuum.read(day, { filter_dp_pa: 100 + 25 * (day - 84) })
    expect(vacuum.transitions.at(-1)).toMatch(/^raised 10[0-4]/)
  })
})

describe('a rule with only_while', () => {
  const whileStill = rule(
    '{ threshold: { metric: filter_dp_pa, above: 350 } }',
    'only_while: main_brush_rpm < 100',
  )

  it('is not evaluated while the condition is false, and goes on when it holds', () => {
    const vacuum = new Vacuum(whileStill)
    vacuum.read(0, { filter_dp_pa: 400, main_brush_rpm: 1500 })
    vacuum.read(1, { filter_dp_pa: 400 })
    expect(vacuum.transitions).toEqual([])
    vacuum.read(2, { main_brush_rpm: 1 })
    vacuum.read(3, { filter_dp_pa: 400 })
    vacuum.read(4, { filter_dp_pa: 250, main_brush_rpm: 1500 })
    expect(vacuum.transitions).toEqual(['raised 3 in 0'])
    vacuum.read(5, { filter_dp_pa: 250, main_brush_rpm: 2 })
    expect(vacuum.transitions).toEqual(['raised 3 in 0', 'cleared 5 in 0'])
  })

  it('is not evaluated after a replacement, until the condition holds', () => {
    const vacuum = new Vacuum(whileStill)
    vacuum.read(0, { filter_dp_pa: 100, main_brush_rpm: 1500 })
    vacuum.step({ type: 'part_replaced', device: 'v', component: 'filter', ts: start + dayMs })
    vacuum.read(2, { filter_dp_pa: 400 })
    expect(vacuum.transitions).toEqual([])
    vacuum.read(3, { filter_dp_pa: 400, main_brush_rpm: 1 })
    expect(vacuum.transitions).toEqual(['raised 3 in 1'])
  })

  it('is evaluated where the metric of the condition never arrives', () => {
    const vacuum = new Vacuum(whileStill)
    vacuum.read(0, { filter_dp_pa: 400 })
    expect(vacuum.transitions).toEqual(['raised 0 in 0'])
  })
})

describe('an input that never arrives', () => {
  const both = rule(
    '{ all: { of: [ { threshold: { metric: filter_dp_pa, above: 350 } }, { threshold: { metric: runtime_h, above: 5 } } ] } }',
  )

  it('is reported once, after a week and ten readings', () => {
    const vacuum = new Vacuum(both)
    for (let day = 0; day < 9; day++) vacuum.read(day, { filter_dp_pa: 100 + day })
    expect(vacuum.missing).toEqual([])
    for (let day = 9; day < 40; day++) vacuum.read(day, { filter_dp_pa: 100 + day })
    expect(vacuum.missing).toEqual([{ device: 'v', rule: 'robot_vacuum.filter_full', metric: 'runtime_h' }])
  })

  it('is waited for again when a rule is added that needs another metric', () => {
    const vacuum = new Vacuum(both)
    const readDaily = (from: number, to: number) => {
      for (let day = from; day < to; day++) vacuum.read(day, { filter_dp_pa: 100 + day, runtime_h: day })
    }
    readDaily(0, 40)
    vacuum.addRule(rule('{ threshold: { metric: main_brush_rpm, below: 100 } }', '', 'brush_slow'))
    readDaily(40, 49)
    expect(vacuum.missing).toEqual([])
    readDaily(49, 90)
    expect(vacuum.missing).toEqual([
      { device: 'v', rule: 'robot_vacuum.brush_slow', metric: 'main_brush_rpm' },
    ])
  })

  it('is not missing once it has arrived', () => {
    const vacuum = new Vacuum(both)
    vacuum.read(0, { runtime_h: 1 })
    for (let day = 1; day < 40; day++) vacuum.read(day, { filter_dp_pa: 100 + day })
    expect(vacuum.missing).toEqual([])
  })

  it('leaves the state as it is once everything was reported', () => {
    const vacuum = new Vacuum(both)
    for (let day = 0; day < 40; day++) vacuum.read(day, { filter_dp_pa: 100 + day })
    const { inputs } = vacuum.state ?? {}
    for (let day = 40; day < 60; day++) vacuum.read(day, { filter_dp_pa: 100 + day })
    expect(vacuum.state?.inputs).toEqual(inputs)
  })
})
