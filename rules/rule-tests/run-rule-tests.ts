import type { Finding } from '../../contract/finding.ts'
import { type CohortStats, cohortKey, type FleetModel, lifetimeKey } from '../../contract/fleet-model.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { DeviceState, Engine } from '../engine/engine.ts'
import type { Kinds } from '../files/kinds.ts'
import { type LoadedRule, type RuleReferences, validateRules } from '../files/load-rules.ts'
import type { RuleFileProblem } from '../files/rule-file-problem.ts'
import { PartHistories } from '../fleet-model/part-histories.ts'
import { describeMismatch, formatFindings } from './compare-findings.ts'
import type { RuleTest } from './schema.ts'
import type { TestSeries } from './series.ts'
import { buildTestInputs, testStart } from './test-inputs.ts'

export interface RuleTestResult {
  file: string
  rule: string
  test: string
  outcome: { is: 'passed' } | { is: 'failed'; expected: string; actual: string }
}

export interface RuleTestReport {
  /** Rules with a problem are not run. */
  problems: RuleFileProblem[]
  results: RuleTestResult[]
}

/** Validate the rules of files and folders and run their tests. */
export async function validateAndTestRules(
  paths: readonly string[],
  references: RuleReferences,
): Promise<RuleTestReport> {
  const { problems, rules } = await validateRules(paths, references)
  return { problems, results: rules.flatMap((rule) => runRuleTests(rule, references.kinds)) }
}

/** Run all tests of a rule. */
export function runRuleTests(loaded: LoadedRule, kinds: Kinds): RuleTestResult[] {
  return loaded.tests.map((test) => {
    const findings = simulateRuleTest(loaded, test, kinds)
    const expected = describeMismatch(test.expect, findings)
    return {
      file: loaded.file,
      rule: loaded.rule.name,
      test: test.name,
      outcome:
        expected === undefined
          ? { is: 'passed' }
          : { is: 'failed', expected, actual: formatFindings(findings) },
    }
  })
}

/** Run one test and return the findings of the rule, without other rules. */
export function simulateRuleTest(loaded: LoadedRule, test: RuleTest, kinds: Kinds): Finding[] {
  const engine = createEngine({ kinds, rules: [loaded.rule] })
  const fleetModel = { ...testFleetModel(loaded, test), ...fitHistories(engine, loaded, test) }
  const findings: Finding[] = []
  let state: DeviceState | undefined
  const { kind } = loaded.rule
  const options = { ticks: engine.needsTicks(kind), latenessMs: kinds.get(kind)?.latenessMs ?? 0 }
  for (const input of buildTestInputs(loaded, test, options)) {
    const step = engine.step(state, input, fleetModel)
    state = step.state
    findings.push(...step.findings.filter(({ rule }) => rule === loaded.rule.name))
  }
  return findings
}

/** Learn the hazards and health models of a test from its `lives:`, of which the first ones failed. */
function fitHistories(engine: Engine, loaded: LoadedRule, test: RuleTest): ReturnType<PartHistories['fit']> {
  const histories = new PartHistories()
  if (test.failed === 0) return {}
  for (const [number, series] of test.lives.entries()) {
    const ends = Object.values(series).map(({ fromMs, everyMs, values }) => fromMs + everyMs * values.length)
    const replaced = { event: 'part_replaced' as const, atMs: Math.max(0, ...ends) }
    const events = number < test.failed ? [replaced] : []
    const other = { ...test, series, events, uploads: [], repeat: 1, expect: [] }
    let state: DeviceState | undefined
    for (const input of buildTestInputs(loaded, other, { ticks: false, latenessMs: 0 }))
      state = engine.step(state, input).state
    const contributed = state === undefined ? [] : (engine.contribution(state).histories ?? [])
    for (const history of contributed)
      histories.add({ ...history, partId: `other-${number}/${history.partId}` })
  }
  return histories.fit()
}

/** Build the fleet model of a test from its `peers:` and `lives:`. */
function testFleetModel({ rule }: LoadedRule, { peers, lives }: RuleTest): FleetModel {
  const cohorts = Object.entries(peers).map(([metric, one]): [string, CohortStats[]] => [
    cohortKey(rule.kind, metric),
    [{ ...one, firstSeenAt: testStart, lastSeenAt: testStart }],
  ])
  const lifetimes: Record<string, Lifetime[]> = {}
  for (const [number, life] of lives.entries()) {
    for (const [metric, series] of Object.entries(life)) {
      const key = lifetimeKey(rule.kind, rule.component, metric)
      lifetimes[key] = [...(lifetimes[key] ?? []), toTestLifetime(series, `other-${number}/0`)]
    }
  }
  return { version: 'test', lifetimes, cohortStats: Object.fromEntries(cohorts) }
}

function toTestLifetime({ fromMs, everyMs, values }: TestSeries, unit: string): Lifetime {
  const points = values.flatMap((value, index): [number, number][] =>
    value === undefined ? [] : [[testStart + fromMs + index * everyMs, value]],
  )
  return { partId: unit, cohort: {}, startedAt: testStart + fromMs, points }
}
