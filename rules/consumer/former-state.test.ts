import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { DeviceState } from '../engine/engine.ts'
import { allRules } from '../testing/all-rules.ts'
import { runScenario, type ScenarioEntry } from '../testing/device-scenarios.ts'
import { shippedKinds } from '../testing/rules.ts'
import { withPresentFormat } from './former-state.ts'

/** What the release before format 2 stored after the first 100 entries of the scenario below. */
const formerStates = JSON.parse(
  readFileSync(new URL('../testing/former-states.json', import.meta.url), 'utf8'),
) as Record<string, DeviceState>
const storedEntries = 100

/** Rules that the earlier release did not have: it stored nothing of them. */
const addedSince = new Set(['robot_vacuum.brush_motor_fails_soon', 'washing_machine.drum_bearing_wears'])

const engine = createEngine({
  kinds: shippedKinds,
  rules: allRules.filter(({ name }) => !addedSince.has(name)),
})

function goOn(before: DeviceState | undefined, entries: readonly ScenarioEntry[]) {
  let state = before
  const findings: Finding[] = []
  for (const entry of entries) {
    const { receivedAt } = entry
    for (const input of [{ type: 'tick', at: receivedAt } as const, toInput(entry)]) {
      const step = engine.step(state, input)
      state = step.state
      findings.push(...step.findings)
    }
  }
  return { state, findings }
}

function toInput(entry: ScenarioEntry) {
  if (entry.type === 'reading') return entry
  const { device, component = '', ts, receivedAt } = entry
  return { type: 'part_replaced', device, component, ts, receivedAt } as const
}

it.each(Object.keys(formerStates))(
  'the state that an earlier release stored of a %s is taken over',
  (kind) => {
    const { device, entries } = runScenario(`${kind}-1`, {
      kind,
      seed: 1,
      days: 90,
      readingsPerDay: 2,
      wornFraction: 1.2,
      faultRate: 0.01,
      replacedOnDay: 20,
      silentDays: 3,
      hasBacklog: true,
      losesClock: false,
    })
    const stored = formerStates[kind]
    if (stored === undefined) throw new Error('the fixture has no such kind')
    const begun = goOn(
      engine.step(undefined, { type: 'device', device }).state,
      entries.slice(0, storedEntries),
    )
    const upgraded = withPresentFormat(stored)
    expect(upgraded).toEqual(begun.state)
    const later = goOn(upgraded, entries.slice(storedEntries))
    expect(later).toEqual(goOn(begun.state, entries.slice(storedEntries)))
    expect(later.findings.length).toBeGreaterThan(0)
  },
)

it('histories of format 2, which were of hazards, keep their keys', () => {
  const { state } = engine.step(undefined, { type: 'device', device: { id: 'p', kind: 'phone' } })
  const history = { partId: 'p/0', startedAt: 1, looks: [1, 2], until: 3, failed: true }
  const completedHistories = [{ ...history, hazardKey: 'phone/battery/1/battery_cycles' }]
  const formerKind = { kind: 'robot_vacuum', rules: {}, completedHistories }
  const upgraded = withPresentFormat({ ...state, format: 2, completedHistories, formerKind })
  const expected = [{ ...history, historyKey: 'phone/battery/1/battery_cycles' }]
  expect(upgraded).toEqual({
    ...state,
    completedHistories: expected,
    formerKind: { kind: 'robot_vacuum', rules: {}, completedHistories: expected },
  })
})

it('a state of the present format stays as it is', () => {
  const { state } = engine.step(undefined, { type: 'device', device: { id: 'p', kind: 'phone' } })
  expect(state && withPresentFormat(state)).toBe(state)
})
