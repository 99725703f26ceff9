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

/** Return the findings of a device whose entries arrive in this order, with a tick at each midnight. */
function simulate(
  engine: Engine,
  { device }: ScenarioRun,
  entries: readonly ScenarioEntry[],
  copy: Copy = (same) => same,
) {
  let state: DeviceState | undefined
  const findings: Finding[] = []
  const step = (input: RuleInput): void => {
    const result = engine.step(state, input)
    state = result.state && copy(result.state)
    findings.push(...result.findings)
  }
  step({ type: 'device', device })
  let midnight = start
  for (const entry of entries) {
    while (midnight <= entry.receivedAt) {
      step({ type: 'tick', at: midnight })
      midnight += dayMs
    }
    step(toRuleInput(entry))
  }
  for (let more = 0; more < 5; more++) step({ type: 'tick', at: midnight + more * dayMs })
  return findings
}

function toRuleInput(entry: ScenarioEntry): RuleInput {
  if (entry.type === 'reading') return entry
  const { device, component = '', ts } = entry
  return { type: 'part_replaced', device, component, ts }
}

const anyRun = deviceScenario.map((plan) => runScenario('device-1', plan))
/** No reading is later than the allowed lateness. */
const withoutLateness = deviceScenario.map((plan) =>
  runScenario('device-1', { ...plan, hasBacklog: false, losesClock: false }),
)

describe('the findings of any device do not change', () => {
  it('when the state is serialized and parsed after any step', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const reread: Copy = (state) => JSON.parse(JSON.stringify(state))
        expect(simulate(engine, run, run.entries, reread)).toEqual(simulate(engine, run, run.entries))
      }),
      { numRuns: 30 },
    )
  })

  it('with duplicates of readings and replacements, at once or later', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (run, seed) => {
        expect(simulate(engine, run, withDuplicates(run.entries, seed))).toEqual(
          simulate(engine, run, run.entries),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('when inputs arrive out of order within the allowed lateness', () => {
    const latenessMs = 1.5 * dayMs
    const delayed = engineWithLateness(latenessMs)
    fc.assert(
      fc.property(withoutLateness, fc.nat(), (run, seed) => {
        const shuffled = withDelays(run.entries, new Random(seed), latenessMs)
        expect(simulate(delayed, run, shuffled)).toEqual(simulate(delayed, run, run.entries))
      }),
      { numRuns: 100 },
    )
  })
})

/** Repeat some entries unchanged, each after up to forty others. */
function withDuplicates(entries: readonly ScenarioEntry[], seed: number): ScenarioEntry[] {
  const random = new Random(seed)
  const all = entries.map((entry, position) => ({ entry, position }))
  const again = all
    .filter(() => random.chance(0.3))
    .map(({ entry, position }) => ({ entry, position: position + random.integer(0, 40) + 0.5 }))
  return [...all, ...again].sort((a, b) => a.position - b.position).map(({ entry }) => entry)
}

/** Create an engine with an allowed lateness, without time-driven rules: these depend on receipt times. */
function engineWithLateness(latenessMs: number): Engine {
  const kinds: Kinds = new Map([...shippedKinds].map(([name, kind]) => [name, { ...kind, latenessMs }]))
  const compiled = compileRules(kinds, { rules: allRules })
  const timeDriven = new Set(
    [...compiled.values()].flatMap(({ tickDriven }) => tickDriven.map(({ rule }) => rule.name)),
  )
  return createEngine({ kinds, rules: allRules.filter(({ name }) => !timeDriven.has(name)) })
}

/** Delay each entry by up to `maxMs` and sort by arrival. */
function withDelays(entries: readonly ScenarioEntry[], random: Random, maxMs: number): ScenarioEntry[] {
  return entries
    .map((entry) => ({ ...entry, receivedAt: entry.receivedAt + random.between(0, maxMs) }))
    .sort((a, b) => a.receivedAt - b.receivedAt)
}
