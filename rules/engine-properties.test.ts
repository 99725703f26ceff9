import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../contract/finding.ts'
import { Random } from '../device-sim/random.ts'
import { dayMs } from '../lib/time.ts'
import { compileRules } from './engine/compile.ts'
import { createEngine } from './engine/create-engine.ts'
import type { DeviceState, Engine, RuleInput } from './engine/engine.ts'
import type { Kinds } from './files/kinds.ts'
import { allRules } from './testing/all-rules.ts'
import {
  deviceScenario,
  runScenario,
  type ScenarioEntry,
  type ScenarioRun,
} from './testing/device-scenarios.ts'
import { shippedKinds, start } from './testing/rules.ts'

const engine = createEngine({ kinds: shippedKinds, rules: allRules })

type Copy = (state: DeviceState) => DeviceState

/** What is found when a device's entries arrive in this order, with a tick at each midnight. */
function simulate(
  of: Engine,
  { device }: ScenarioRun,
  entries: readonly ScenarioEntry[],
  copy: Copy = (same) => same,
) {
  let state: DeviceState | undefined
  const findings: Finding[] = []
  const tell = (input: RuleInput): void => {
    const step = of.step(state, input)
    state = step.state && copy(step.state)
    findings.push(...step.findings)
  }
  tell({ type: 'device', device })
  let midnight = start
  for (const entry of entries) {
    while (midnight <= entry.receivedAt) {
      tell({ type: 'tick', at: midnight })
      midnight += dayMs
    }
    tell(toRuleInput(entry))
  }
  for (let more = 0; more < 5; more++) tell({ type: 'tick', at: midnight + more * dayMs })
  return findings
}

function toRuleInput(entry: ScenarioEntry): RuleInput {
  if (entry.type === 'reading') return entry
  const { device, component = '', ts } = entry
  return { type: 'part_replaced', device, component, ts }
}

const anyRun = deviceScenario.map((plan) => runScenario('device-1', plan))
/** Nothing comes later than the lateness. */
const withoutLateness = deviceScenario.map((plan) =>
  runScenario('device-1', { ...plan, hasBacklog: false, losesClock: false }),
)

describe('whatever a device does, the findings do not change', () => {
  it('when the state is written and read again at any point', () => {
    fc.assert(
      fc.property(anyRun, (life) => {
        const reread: Copy = (state) => JSON.parse(JSON.stringify(state))
        expect(simulate(engine, life, life.entries, reread)).toEqual(simulate(engine, life, life.entries))
      }),
      { numRuns: 30 },
    )
  })

  it('when readings and replacements are told again, at once or later', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (life, seed) => {
        expect(simulate(engine, life, withDuplicates(life.entries, seed))).toEqual(
          simulate(engine, life, life.entries),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('when they overtake each other within the lateness', () => {
    const latenessMs = 1.5 * dayMs
    const patient = engineWithLateness(latenessMs)
    fc.assert(
      fc.property(withoutLateness, fc.nat(), (life, seed) => {
        const shuffled = withDelays(life.entries, new Random(seed), latenessMs)
        expect(simulate(patient, life, shuffled)).toEqual(simulate(patient, life, life.entries))
      }),
      { numRuns: 100 },
    )
  })
})

/** Each entry may come again after up to forty others, as it was received the first time. */
function withDuplicates(entries: readonly ScenarioEntry[], seed: number): ScenarioEntry[] {
  const random = new Random(seed)
  const all = entries.map((entry, place) => ({ entry, place }))
  const again = all
    .filter(() => random.chance(0.3))
    .map(({ entry, place }) => ({ entry, place: place + random.integer(0, 40) + 0.5 }))
  return [...all, ...again].sort((a, b) => a.place - b.place).map(({ entry }) => entry)
}

/** All but what goes by our clock, for devices whose readings overtake each other. */
function engineWithLateness(latenessMs: number): Engine {
  const kinds: Kinds = new Map([...shippedKinds].map(([name, kind]) => [name, { ...kind, latenessMs }]))
  const compiled = compileRules(kinds, { rules: allRules })
  const byClock = new Set(
    [...compiled.values()].flatMap(({ tickDriven: waiting }) => waiting.map(({ rule }) => rule.name)),
  )
  return createEngine({ kinds, rules: allRules.filter(({ name }) => !byClock.has(name)) })
}

/** In the order of arrival, each up to `mostMs` after it happened. */
function withDelays(entries: readonly ScenarioEntry[], random: Random, mostMs: number): ScenarioEntry[] {
  return entries
    .map((entry) => ({ ...entry, receivedAt: entry.receivedAt + random.between(0, mostMs) }))
    .sort((a, b) => a.receivedAt - b.receivedAt)
}
