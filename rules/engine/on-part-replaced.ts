import type { Finding } from '../../contract/finding.ts'
import { withoutLevels } from '../quality/gate.ts'
import { circumstancesOf } from './circumstances.ts'
import type { DeviceState, RuleInput } from './engine.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'
import type { StepContext } from './on-reading.ts'
import { carriedOver, freshState } from './rule-state.ts'
import { withFinished } from './teaches.ts'

type PartReplaced = Extract<RuleInput, { type: 'part_replaced' }>

/**
 * Begins a new life of a component: its rules start afresh, and what was raised of the old part is cleared. A
 * replacement that is not newer than the present life (told again, or late) changes nothing.
 */
export function onPartReplaced(
  state: DeviceState,
  { component, ts }: PartReplaced,
  { kind, lessons }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const old = epochOf(state, component)
  const concerned = [...kind.rules.values()].filter(({ rule }) => rule.component === component)
  if (ts <= old.since || !kind.components.includes(component)) return { state, findings: [] }
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of concerned) {
    const { key, rule, watch, trial } = compiled
    const { active, episode, memory } = carriedOver(compiled, state.rules[key])
    if (active) {
      const change = { state: 'cleared', episode, update: active.updates } as const
      const evidence = watch.evidence(memory, circumstancesOf(state, component, lessons))
      const about = { device: state.device.id, epoch: old.number, at: ts, evidence, trial }
      findings.push(findingOf(rule, change, about))
    }
    rules[key] = freshState(compiled)
  }
  const epochs = { ...state.epochs, [component]: { number: old.number + 1, since: ts } }
  const finished = withFinished(state, kind, component)
  const more = {
    ...(finished.length > 0 ? { finished } : {}),
    ...(state.quality ? { quality: withoutLevels(state.quality) } : {}),
  }
  return { state: { ...state, epochs, rules, ...more }, findings }
}
