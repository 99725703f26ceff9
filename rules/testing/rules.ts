import { fileURLToPath } from 'node:url'
import type { RuleSetEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { emptyFleetModel } from '../../contract/fleet-model.ts'
import type { RuleVersion } from '../../contract/rule-version.ts'
import { dayMs } from '../../lib/time.ts'
import { createDetectorRegistry, type DetectorRegistry } from '../detectors/registry.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { DeviceState, RuleInput } from '../engine/engine.ts'
import { type Kinds, loadKinds } from '../files/kinds.ts'
import { type RuleReferences, validateRuleText } from '../files/load-rules.ts'
import type { Rule, RuleTrial } from '../files/rule.ts'

export const start = Date.UTC(2026, 0, 1)

export const kindsFolder = fileURLToPath(new URL('../kinds', import.meta.url))
export const catalogFolder = fileURLToPath(new URL('../catalog', import.meta.url))
export const shippedKinds: Kinds = await loadKinds(kindsFolder)
/** Shipped detectors; with the shipped kinds they are everything that a rule may refer to. */
export const shippedDetectors: DetectorRegistry = createDetectorRegistry()
export const shippedReferences: RuleReferences = { kinds: shippedKinds, detectors: shippedDetectors }
/** Kinds without sensor checks: for tests of the rules themselves, with jumps that no part makes. */
const kindsWithoutSensorChecks: Kinds = new Map(
  [...shippedKinds].map(([name, kind]) => [name, { ...kind, sensors: new Map() }]),
)

/** Return a rule for the battery temperature of phones as YAML, with changes. */
export function hotBatteryRule(changes: Readonly<Record<string, string>> = {}): string {
  const keys = {
    rule: 'phone.battery_hot',
    kind: 'phone',
    component: 'battery',
    detect: '{ threshold: { metric: battery_temp_c, above: 45 } }',
    severity: 'major',
    tests: '[{ name: cool, series: { battery_temp_c: "25x4 every 6h" }, expect: [] }]',
    ...changes,
  }
  return Object.entries(keys)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}

/** Parse a rule text. @throws Error when it has problems */
export function parseRule(text: string): Rule {
  const { rule, problems } = validateRuleText({ file: 'test.yaml', text }, shippedReferences)
  if (rule === undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
  return rule.rule
}

/** Create the journal entry that makes rules live. */
export function rulesEntry(
  live: readonly string[],
  shadow: readonly string[] = [],
  at = start,
): RuleSetEntry {
  const version = (text: string): RuleVersion => {
    const { name, version } = parseRule(text)
    return { file: `${name}.yaml`, text, name, version }
  }
  return {
    type: 'rules',
    at,
    by: 'test',
    why: 'reload',
    changes: [],
    live: live.map(version),
    shadow: shadow.map((text) => ({ ...version(text), trialStartedAt: at })),
  }
}

/** Phone with its rules. The state is serialized to JSON after each step, as in the journal. */
export class TestPhone {
  readonly id = 'phone-1'
  state: DeviceState | undefined
  readonly findings: Finding[] = []
  /** Fleet model for each step. */
  fleetModel = emptyFleetModel
  #rules: Rule[]
  #trials: RuleTrial[] = []

  constructor(...texts: string[]) {
    this.#rules = texts.map(parseRule)
    this.step({ type: 'device', device: { id: this.id, kind: 'phone' } })
  }

  /** Replace the live rules. */
  setRules(...texts: string[]): void {
    this.#rules = texts.map(parseRule)
  }

  /** Put one rule on trial, in place of any other. */
  startTrial(text: string, since: number): void {
    this.#trials = [{ rule: parseRule(text), since }]
  }

  /** End the trial. */
  withdrawTrial(): void {
    this.#trials = []
  }

  step(input: RuleInput): Finding[] {
    const engine = createEngine({ kinds: kindsWithoutSensorChecks, rules: this.#rules, shadow: this.#trials })
    const step = engine.step(structuredClone(this.state), input, this.fleetModel)
    this.state = step.state && JSON.parse(JSON.stringify(step.state))
    this.findings.push(...step.findings)
    return step.findings
  }

  /** Step a reading taken `days` after the start. */
  read(days: number, values: Record<string, number>, more: { hist?: boolean } = {}): Finding[] {
    const reading = { device: this.id, ts: start + days * dayMs, values, ...more }
    return this.step({ type: 'reading', reading })
  }

  readHot(days: number, more: { hist?: boolean } = {}): Finding[] {
    return this.read(days, { battery_temp_c: 50 }, more)
  }

  readCool(days: number): Finding[] {
    return this.read(days, { battery_temp_c: 25 })
  }

  replaceBattery(days: number): Finding[] {
    return this.step({
      type: 'part_replaced',
      device: this.id,
      component: 'battery',
      ts: start + days * dayMs,
    })
  }

  /** Transitions so far: `raised 3` is a finding raised on day 3. */
  get transitions(): string[] {
    return this.findings.map(({ state, at }) => `${state} ${(at - start) / dayMs}`)
  }
}
