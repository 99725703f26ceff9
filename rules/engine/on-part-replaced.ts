import { withCompletedLifetimes } from '../fleet-model/contribution.ts'
import { withCompletedHistories } from '../fleet-model/part-history.ts'
import { resetSensorLevels } from '../quality/quality-check.ts'
import type { CompiledRule, StepContext } from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, Epoch, RuleInput, RuleState, StepOutput } from './engine.ts'
import { DeviceContext, epochOf } from './evaluation-context.ts'
import { initialRuleState, migrateRuleState } from './rule-state.ts'

type PartReplaced = Extract<RuleInput, { type: 'part_replaced' }>

/**
 * Begin a new epoch of a component: reset the state of its rules and clear the active findings of the old part. A
 * replacement that is not newer than the current epoch (a duplicate, or late) changes nothing.
 * @returns whether it changed anything
 */
export function onPartReplaced(
  state: DeviceState,
  { component, ts }: PartReplaced,
  context: StepContext,
  output: StepOutput,
): boolean {
  const hasBegun = beginEpoch(state, { component, ts, by: 'replacement' }, context, output)
  if (hasBegun && state.quality !== undefined) resetSensorLevels(state.quality)
  return hasBegun
}

interface EpochStart {
  component: string
  /** Event time, ms. */
  ts: number
  /** A service that was recognized from the readings keeps the part, and with it the number of the epoch. */
  by: 'replacement' | 'service'
}

/** Begin the path of a component again. @returns false when it has begun already by then */
export function beginEpoch(
  state: DeviceState,
  { component, ts, by }: EpochStart,
  { kind, fleetModel }: StepContext,
  { findings }: StepOutput,
): boolean {
  const previousEpoch = epochOf(state, component)
  const begunAt = by === 'replacement' ? replacementTime(previousEpoch) : previousEpoch.since
  if (ts <= begunAt || !kind.components.includes(component)) return false
  const completedLifetimes = withCompletedLifetimes(state, kind, component)
  if (completedLifetimes.length > 0) state.completedLifetimes = completedLifetimes
  const histories = withCompletedHistories(state, kind, {
    component,
    until: ts,
    failed: by === 'replacement',
  })
  if (histories.length > 0) state.completedHistories = histories
  const evaluationContext = new DeviceContext(state, component, fleetModel)
  for (const compiled of kind.rules.values()) {
    const { key, rule, evaluator, trialMark } = compiled
    if (rule.component !== component) continue
    const before = migrateRuleState(compiled, state.rules[key])
    const { active, episode, memory } = before
    if (active) {
      const change = { state: 'cleared', episode, update: active.updateCount } as const
      const evidence = evaluator.evidence(memory, evaluationContext)
      const { number: epoch } = previousEpoch
      const findingContext = { device: state.device.id, epoch, at: ts, evidence, trial: trialMark }
      findings.push(createFinding(rule, change, findingContext))
    }
    state.rules[key] = beginRuleState(compiled, before, by)
  }
  state.epochs = { ...state.epochs, [component]: nextEpoch(previousEpoch, ts, by) }
  for (const metric of Object.keys(state.serviceLevels ?? {}))
    if (kind.serviceSigns.get(metric)?.component === component) delete state.serviceLevels?.[metric]
  return true
}

/** Return the state of a rule after a replacement or service. The condition of `only_while` is one of the device: it stays. */
function beginRuleState(
  compiled: CompiledRule,
  { episode, suspended }: RuleState,
  by: EpochStart['by'],
): RuleState {
  return {
    ...initialRuleState(compiled),
    ...(by === 'service' && { episode }),
    suspended,
  }
}

/** A replacement may be reported after a service was recognized that came with it. */
function replacementTime({ number, since, services = 0, replacedAt }: Epoch): number {
  if (services === 0) return since
  return number === 0 ? Number.NEGATIVE_INFINITY : (replacedAt ?? since)
}

function nextEpoch(previous: Epoch, ts: number, by: EpochStart['by']): Epoch {
  const { number, since, services = 0 } = previous
  if (by === 'replacement') return { number: number + 1, since: Math.max(ts, since) }
  const replacedAt = replacementTime(previous)
  return {
    number,
    since: ts,
    services: services + 1,
    ...(services === 0 ? {} : { serviceIntervalMs: ts - since }),
    ...(number === 0 ? {} : { replacedAt }),
  }
}
