import type { Finding } from '../../contract/finding.ts'
import { withCompletedLifetimes } from '../fleet-model/contribution.ts'
import { resetSensorLevels } from '../quality/quality-check.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, RuleInput } from './engine.ts'
import { epochOf } from './epochs.ts'
import { evaluationContextOf } from './evaluation-context.ts'
import type { StepContext } from './on-reading.ts'
import { initialRuleState, migrateRuleState } from './rule-state.ts'

type PartReplaced = Extract<RuleInput, { type: 'part_replaced' }>

/**
 * Begin a new life of a component: its rules start afresh, and what was raised of the old part is cleared. A
 * replacement that is not newer than the present life (told again, or late) changes nothing.
 */
export function onPartReplaced(
  state: DeviceState,
  { component, ts }: PartReplaced,
  { kind, fleetModel: lessons }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const previousEpoch = epochOf(state, component)
  const affectedRules = [...kind.rules.values()].filter(({ rule }) => rule.component === component)
  if (ts <= previousEpoch.since || !kind.components.includes(component)) return { state, findings: [] }
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of affectedRules) {
    const { key, rule, evaluator: watch, trialMark: trial } = compiled
    const { active, episode, detectorState: memory } = migrateRuleState(compiled, state.rules[key])
    if (active) {
      const change = { state: 'cleared', episode, update: active.updateCount } as const
      const evidence = watch.evidence(memory, evaluationContextOf(state, component, lessons))
      const findingContext = { device: state.device.id, epoch: previousEpoch.number, at: ts, evidence, trial }
      findings.push(createFinding(rule, change, findingContext))
    }
    rules[key] = initialRuleState(compiled)
  }
  const epochs = { ...state.epochs, [component]: { number: previousEpoch.number + 1, since: ts } }
  const completedLifetimes = withCompletedLifetimes(state, kind, component)
  const more: Partial<DeviceState> = {
    ...(completedLifetimes.length > 0 ? { completedLifetimes } : {}),
    ...(state.quality ? { quality: resetSensorLevels(state.quality) } : {}),
  }
  return { state: { ...state, epochs, rules, ...more }, findings }
}
