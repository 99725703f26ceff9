import type { Finding } from '../../contract/finding.ts'
import { circumstancesOf } from './circumstances.ts'
import type { DeviceState } from './engine.ts'
import { findingOf } from './finding-of.ts'
import { judge } from './lifecycle.ts'
import type { StepContext } from './on-reading.ts'
import { carriedOver } from './rule-state.ts'

/** Judges a cohort by new lessons. Nobody owns a cohort: its findings have neither notice nor ticket. */
export function onLessons(
  state: DeviceState,
  at: number,
  { kind, lessons }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of kind.rules.values()) {
    const { key, rule, watch, trial } = compiled
    if (watch.lessons === undefined) continue
    const { verdict, evidence } = watch.lessons(circumstancesOf(state, rule.component, lessons))
    const before = carriedOver(compiled, state.rules[key])
    const judged = judge({ ...rule, forMs: 0 }, before, { verdict, at, afterGap: false, explained: false })
    rules[key] = judged.state
    if (judged.change === undefined) continue
    const told = { ...rule, notice: undefined, ticket: undefined }
    findings.push(findingOf(told, judged.change, { device: state.device.id, epoch: 0, at, evidence, trial }))
  }
  return { state: { ...state, rules }, findings }
}
