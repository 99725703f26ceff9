import type { Finding } from '../../contract/finding.ts'
import { withCompletedLifetimes } from '../fleet-model/contribution.ts'
import { resetSensorLevels } from '../quality/quality-check.ts'
import type { CompiledRule, StepContext } from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, Epoch, RuleInput, RuleState } from './engine.ts'
import { epochOf, evaluationContextOf } from './evaluation-context.ts'
import { initialRuleState, migrateRuleState } from './rule-state.ts'

type PartReplaced = Extract<RuleInput, { type: 'part_replaced' }>

/**
 * Begin a new epoch of a component: reset the state of its rules and clear the active findings of the old part. A
 * replacement that is not newer than the current epoch (a duplicate, or late) changes nothing.
 */
export function onPartReplaced(
  before: DeviceState,
  { component, ts }: PartReplaced,
  context: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const begun = beginEpoch(before, { component, ts, by: 'replacement' }, context)
  const { quality } = begun.state
  if (begun.state === before || quality === undefined) return begun
  return { ...begun, state: { ...begun.state, quality: resetSensorLevels(quality) } }
}

interface EpochStart {
  component: string
  /** Event time, ms. */
  ts: number
  /** A service that was recognized from the readings keeps the part, and with it the number of the epoch. */
  by: 'replacement' | 'service'
}

/** Begin the path of a component again. @returns the same state when it has begun already by then */
export function beginEpoch(
  state: DeviceState,
  { component, ts, by }: EpochStart,
  { kind, fleetModel }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const previousEpoch = epochOf(state, component)
  const begunAt = by === 'replacement' ? replacementTime(previousEpoch) : previousEpoch.since
  if (ts <= begunAt || !kind.components.includes(component)) return { state, findings: [] }
  const affectedRules = [...kind.rules.values()].filter(({ rule }) => rule.component === component)
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of affectedRules) {
    const { key, rule, evaluator, trialMark } = compiled
    const before = migrateRuleState(compiled, state.rules[key])
    const { active, episode, detectorState } = before
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
    rules[key] = beginRuleState(compiled, before, by)
  }
  const epochs = { ...state.epochs, [component]: nextEpoch(previousEpoch, ts, by) }
  const completedLifetimes = withCompletedLifetimes(state, kind, component)
  const serviceLevels = Object.entries(state.serviceLevels ?? {}).filter(
    ([metric]) => kind.serviceSigns.get(metric)?.component !== component,
  )
  const more: Partial<DeviceState> = {
    ...(completedLifetimes.length > 0 ? { completedLifetimes } : {}),
    ...(state.serviceLevels ? { serviceLevels: Object.fromEntries(serviceLevels) } : {}),
  }
  return { state: { ...state, epochs, rules, ...more }, findings }
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
    ...(suspended && { suspended }),
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
