import { describe, expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { hourMs, minuteMs } from '../../lib/time.ts'
import { parseRule, shippedKinds, start } from '../testing/rules.ts'
import { createEngine } from './create-engine.ts'
import type { DeviceState, RuleInput } from './engine.ts'

const hot = parseRule(`
rule: refrigerator.hot
kind: refrigerator
component: compressor
detect: { threshold: { metric: fridge_temp_c, above: 20 } }
severity: major
tests: [{ name: cool, series: { fridge_temp_c: "4x4 every 6h" }, expect: [] }]`)
const silent = parseRule(`
rule: refrigerator.quiet
kind: refrigerator
component: device
detect: { silence: { intervals: 12 } }
severity: minor
tests: [{ name: heard, series: { fridge_temp_c: "4x4 every 10m" }, expect: [] }]`)
const engine = createEngine({
  kinds: new Map(
    [...shippedKinds].map(([name, kind]) => [name, { ...kind, sensors: new Map(), latenessMs: 0 }]),
  ),
  rules: [hot, silent],
})

class TestFridge {
  state: DeviceState | undefined
  at = start

  step(input: RuleInput): Finding[] {
    const step = engine.step(this.state, input)
    this.state = step.state && JSON.parse(JSON.stringify(step.state))
    return step.findings
  }

  announce(change: object = {}): Finding[] {
    const device = { id: 'f-1', kind: 'refrigerator', ...change }
    return this.step({ type: 'device', device, receivedAt: this.at })
  }

  read(value: number, after = minuteMs): Finding[] {
    this.at += after
    const reading = { device: 'f-1', ts: this.at, values: { fridge_temp_c: value } }
    return this.step({ type: 'reading', reading, receivedAt: this.at })
  }

  tick(after: number): Finding[] {
    this.at += after
    return this.step({ type: 'tick', at: this.at, since: start })
  }

  get active(): string[] {
    return Object.entries(this.state?.rules ?? {}).flatMap(([name, { active }]) => (active ? [name] : []))
  }
}

/** A refrigerator with an active finding. */
function hotFridge(): TestFridge {
  const fridge = new TestFridge()
  fridge.announce()
  for (let i = 0; i < 200 && fridge.active.length === 0; i++) fridge.read(30, 10 * minuteMs)
  expect(fridge.active).toEqual(['refrigerator.hot'])
  return fridge
}

describe('a retired device', () => {
  const retired = { retired: { at: start, by: 'operator' as const } }

  it('has no active findings, and nothing raises one', () => {
    const fridge = hotFridge()
    expect(fridge.announce(retired)).toMatchObject([
      { rule: 'refrigerator.hot', state: 'cleared', at: fridge.at },
    ])
    expect(fridge.announce(retired)).toEqual([])
    const before = fridge.state
    expect([...fridge.read(30), ...fridge.tick(300 * hourMs)]).toEqual([])
    expect(fridge.state).toEqual(before)
    expect(fridge.state && engine.nextTickAt(fridge.state)).toBe(Number.POSITIVE_INFINITY)
    expect(fridge.state && engine.contribution(fridge.state)).toEqual({ lifetimes: [], levels: [] })
  })

  it('that comes back is not silent because of the time in between, and its rules go on', () => {
    const fridge = hotFridge()
    fridge.announce(retired)
    fridge.at += 1_000 * hourMs
    expect(fridge.announce()).toEqual([])
    expect(fridge.tick(minuteMs)).toEqual([])
    const raised = Array.from({ length: 200 }, () => fridge.read(30, 10 * minuteMs)).flat()
    expect(raised).toMatchObject([{ rule: 'refrigerator.hot', state: 'raised' }])
    expect(fridge.tick(100 * hourMs)).toMatchObject([{ rule: 'refrigerator.quiet', state: 'raised' }])
  })
})

describe('another kind', () => {
  const slip = { kind: 'washing_machine' }

  it('for a minute costs neither findings nor state', () => {
    const fridge = hotFridge()
    const before = fridge.state
    const findings = [
      ...fridge.announce(slip),
      ...fridge.read(30),
      ...fridge.tick(minuteMs),
      ...fridge.announce(),
      ...fridge.tick(minuteMs),
    ]
    expect(findings).toEqual([])
    expect(fridge.state?.rules['refrigerator.hot']).toEqual(before?.rules['refrigerator.hot'])
    expect(fridge.state).not.toHaveProperty('formerKind')
    const cleared = Array.from({ length: 200 }, () => fridge.read(4, 10 * minuteMs)).flat()
    expect(cleared).toMatchObject([{ rule: 'refrigerator.hot', state: 'cleared' }])
  })

  it('over a third one returns to the confirmed kind', () => {
    const fridge = hotFridge()
    for (const change of [slip, { kind: 'phone' }, {}]) expect(fridge.announce(change)).toEqual([])
    expect(fridge.active).toEqual(['refrigerator.hot'])
  })

  it('that lasts clears the findings of the former one', () => {
    const fridge = hotFridge()
    fridge.announce(slip)
    expect(fridge.tick(59 * minuteMs)).toEqual([])
    expect(fridge.tick(minuteMs)).toMatchObject([
      { rule: 'refrigerator.hot', state: 'cleared', device: 'f-1' },
    ])
    expect(fridge.state?.rules).toEqual({})
    fridge.announce()
    expect(fridge.active).toEqual([])
  })

  it('that is retired clears the findings of both', () => {
    const fridge = hotFridge()
    fridge.announce(slip)
    expect(fridge.announce({ ...slip, retired: { at: fridge.at, by: 'device' } })).toMatchObject([
      { rule: 'refrigerator.hot', state: 'cleared' },
    ])
  })
})
