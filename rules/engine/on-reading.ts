import type { MetricWatch } from '../detectors/detector.ts'
import type { DeviceState, RuleInput, RuleState } from '../engine.ts'
import type { Finding } from '../finding.ts'
import type { Compiled, CompiledKind } from './compile.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'
import { judge } from './lifecycle.ts'
import { judgePresence } from './presence.ts'
import { carriedOver } from './rule-state.ts'

type ReadingInput = Extract<RuleInput, { type: 'reading' }>

interface Stepped {
  state: DeviceState
  findings: Finding[]
}

/** Shows a reading to every rule that it concerns. */
export function onReading(state: DeviceState, input: ReadingInput, kind: CompiledKind): Stepped {
  const { reading, receivedAt } = input
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of kind.metric) {
    const step = showReading(state, input, { compiled, gapMs: kind.gapMs })
    if (step === undefined) continue
    rules[compiled.rule.name] = step.state
    if (step.finding) findings.push(step.finding)
  }
  const newest = Math.max(reading.ts, state.newest ?? reading.ts)
  const heardAt = Math.max(receivedAt ?? reading.ts, state.heardAt ?? Number.NEGATIVE_INFINITY)
  const presence = judgePresence({ ...state, rules, newest, heardAt }, heardAt, kind)
  return { state: presence.state, findings: [...findings, ...presence.findings] }
}

interface ShowOptions {
  compiled: Compiled<MetricWatch<unknown>>
  gapMs: number
}

/** @returns undefined when the reading says nothing to the rule */
function showReading(
  state: DeviceState,
  { reading }: ReadingInput,
  { compiled, gapMs }: ShowOptions,
): { state: RuleState; finding?: Finding } | undefined {
  const { rule, watch } = compiled
  const { ts, values } = reading
  const value = values[watch.metric]
  const epoch = epochOf(state, rule.component)
  const late = isLate(state, reading)
  if (value === undefined || ts < epoch.since || (late && rule.late === 'ignore')) return undefined
  const before = carriedOver(compiled, state.rules[rule.name])
  const { memory, verdict } = watch.read(before.memory, { ts, value, values })
  if (late && rule.late === 'features') return { state: { ...before, memory } }
  const judgedAt = Math.max(ts, before.judgedAt ?? ts)
  const afterGap = before.judgedAt !== undefined && ts - before.judgedAt > gapMs
  const judged = judge(rule, { ...before, memory, judgedAt }, { verdict, at: ts, afterGap })
  if (judged.change === undefined) return { state: judged.state }
  const context = { device: state.device.id, epoch: epoch.number, at: ts, evidence: watch.evidence(memory) }
  return { state: judged.state, finding: findingOf(rule, judged.change, context) }
}

function isLate(state: DeviceState, { ts, hist }: ReadingInput['reading']): boolean {
  return hist === true || (state.newest !== undefined && ts <= state.newest)
}
