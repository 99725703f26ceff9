import type { Finding } from '../../contract/finding.ts'
import type { Lessons } from '../../contract/fleet-model.ts'
import type { Reading } from '../../contract/reading.ts'
import { believe } from './believe.ts'
import { isExplained } from './causes.ts'
import { circumstancesOf } from './circumstances.ts'
import type { Compiled, CompiledKind } from './compile.ts'
import type { DeviceState, RuleInput, RuleState } from './engine.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'
import { judge } from './lifecycle.ts'
import { carriedOver } from './rule-state.ts'

type ReadingInput = Extract<RuleInput, { type: 'reading' }>

interface Stepped {
  state: DeviceState
  findings: Finding[]
}

/** What a step is done with, beside the state and the input. */
export interface StepContext {
  kind: CompiledKind
  lessons: Lessons
}

/** A reading on its way through the rules. */
interface Showing extends StepContext {
  /** As those rules left it that have seen the reading already. */
  state: DeviceState
  reading: Reading
  late: boolean
}

/** Shows what is believed of a reading to every rule that it concerns. */
export function onReading(before: DeviceState, input: ReadingInput, context: StepContext): Stepped {
  const { reading, state, findings } = believe(before, input.reading, context.kind)
  const { ts } = input.reading
  const heardAt = Math.max(input.receivedAt ?? ts, state.heardAt ?? ts)
  if (reading === undefined) return { state: { ...state, heardAt }, findings }
  const rules = { ...state.rules }
  const late = isLate(state, reading)
  const newest = Math.max(ts, state.newest ?? ts)
  const showing = { ...context, state: { ...state, rules, heardAt, newest }, reading, late }
  for (const compiled of context.kind.rules.values()) {
    const step = showReading(showing, compiled)
    if (step === undefined) continue
    rules[compiled.key] = step.state
    if (step.finding) findings.push(step.finding)
  }
  return { state: showing.state, findings }
}

/** @returns undefined when the reading says nothing to the rule */
function showReading(
  { state, reading, late, kind, lessons }: Showing,
  compiled: Compiled,
): { state: RuleState; finding?: Finding } | undefined {
  const { rule, watch } = compiled
  const { ts, values } = reading
  const epoch = epochOf(state, rule.component)
  if (ts < epoch.since || (late && rule.late === 'ignore')) return undefined
  if (!watch.metrics.some((metric) => values[metric] !== undefined)) return undefined
  const circumstances = circumstancesOf(state, rule.component, lessons)
  const before = carriedOver(compiled, state.rules[compiled.key])
  const { memory, verdict } = watch.read(before.memory, reading, circumstances)
  if (late && rule.late === 'features') return { state: { ...before, memory } }
  const judgedAt = Math.max(ts, before.judgedAt ?? ts)
  const afterGap = before.judgedAt !== undefined && ts - before.judgedAt > kind.gapMs
  const moment = { verdict, at: ts, afterGap, explained: isExplained(rule, state) }
  const judged = judge(rule, { ...before, memory, judgedAt }, moment)
  if (judged.change === undefined) return { state: judged.state }
  const evidence = watch.evidence(memory, circumstances)
  const about = { device: state.device.id, epoch: epoch.number, at: ts, evidence, trial: compiled.trial }
  return { state: judged.state, finding: findingOf(rule, judged.change, about) }
}

function isLate(state: DeviceState, { ts, hist }: Reading): boolean {
  return hist === true || (state.newest !== undefined && ts <= state.newest)
}
