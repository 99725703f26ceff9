import type { Finding } from '../../contract/finding.ts'
import { withCompletedLifetimes } from '../fleet-model/contribution.ts'
import { resetSensorLevels } from '../quality/quality-check.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, RuleInput } from './engine.ts'
import { epochOf, evaluationContextOf } from './evaluation-context.ts'
import type { StepContext } from './on-reading.ts'
import { initialRuleState, migrateRuleState } from './rule-state.ts'

type PartReplaced = Extract<RuleInput, { type: 'part_replaced' }>

/**
 * Begin a new epoch of a component: reset the state of its rules and clear the active findings of the old part. A
 * replacement that is not newer than the current epoch (a duplicate, or late) changes nothing.
 */
export function onPartReplaced(
  state: DeviceState,
  { component, ts }: PartReplaced,
  { kind, fleetModel }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const previousEpoch = epochOf(state, component)
  const affectedRules = [...kind.rules.values()].filter(({ rule }) => rule.component === component)
  if (ts <= previousEpoch.since || !kind.components.includes(component)) return { state, findings: [] }
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of affectedRules) {
    const { key, rule, evaluator, trialMark } = compiled
    const { active, episode, detectorState } = migrateRuleState(compiled, state.rules[key])
    if (active) {
      const change = { state: 'cleared', episode, update: active.updateCount } as const
      const evidence = evaluator.evidence(detectorState, evaluationContextOf(state, component, fleetModel))
      const findingContext = {
        device: state.device.id,
        epoch: previousEpoch.number,
        at: ts,
        evidence,
        trial: trialMark,
      }
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
