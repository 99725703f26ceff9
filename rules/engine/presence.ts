import type { DeviceState } from '../engine.ts'
import type { Finding } from '../finding.ts'
import type { CompiledKind } from './compile.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'
import { judge } from './lifecycle.ts'
import { carriedOver } from './rule-state.ts'

/** Asks the rules that wait for silence. @returns the same state when nothing changed */
export function judgePresence(
  state: DeviceState,
  now: number,
  kind: CompiledKind,
): { state: DeviceState; findings: Finding[] } {
  const findings: Finding[] = []
  let next = state
  for (const compiled of kind.presence) {
    const { rule, watch } = compiled
    const heardAt = state.heardAt ?? now
    const before = carriedOver(compiled, state.rules[rule.name])
    const verdict = watch.judge(heardAt, now)
    const judged = judge(rule, before, { verdict, at: now, afterGap: false })
    if (judged.state === state.rules[rule.name]) continue
    next = { ...next, rules: { ...next.rules, [rule.name]: judged.state } }
    if (judged.change === undefined) continue
    const epoch = epochOf(state, rule.component).number
    const context = { device: state.device.id, epoch, at: now, evidence: watch.evidence(heardAt) }
    findings.push(findingOf(rule, judged.change, context))
  }
  return { state: next, findings }
}
