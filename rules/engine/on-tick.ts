import type { Finding } from '../../contract/finding.ts'
import { isExplained } from './causes.ts'
import { circumstancesOf } from './circumstances.ts'
import type { DeviceState, RuleInput } from './engine.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'
import { judge } from './lifecycle.ts'
import type { StepContext } from './on-reading.ts'
import { carriedOver } from './rule-state.ts'

type Tick = Extract<RuleInput, { type: 'tick' }>

/** Lets time pass for the rules that wait for it. @returns the same state when nothing changed */
export function onTick(
  state: DeviceState,
  { at, since = Number.NEGATIVE_INFINITY }: Tick,
  { kind, lessons }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const findings: Finding[] = []
  if (kind.waiting.length === 0) return { state, findings }
  const { heardAt, awaitedAt = heardAt ?? at } = state
  let next = state.awaitedAt === undefined ? { ...state, awaitedAt } : state
  const now = { at, listening: Math.max(since, awaitedAt) }
  for (const compiled of kind.waiting) {
    const { key, rule, watch, trial } = compiled
    if (watch.tick === undefined) continue
    const circumstances = circumstancesOf(state, rule.component, lessons)
    const before = carriedOver(compiled, state.rules[key])
    const { memory, verdict } = watch.tick(before.memory, now, circumstances)
    const told = memory === before.memory ? before : { ...before, memory }
    const moment = { verdict, at, afterGap: false, explained: isExplained(rule, next) }
    const judged = judge(rule, told, moment)
    if (judged.state === state.rules[key]) continue
    next = { ...next, rules: { ...next.rules, [key]: judged.state } }
    if (judged.change === undefined) continue
    const epoch = epochOf(state, rule.component).number
    const evidence = watch.evidence(memory, circumstances)
    const about = { device: state.device.id, epoch, at, evidence, trial }
    findings.push(findingOf(rule, judged.change, about))
  }
  return { state: next, findings }
}
