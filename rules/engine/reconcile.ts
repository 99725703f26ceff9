import type { Finding } from '../../contract/finding.ts'
import type { Rule } from '../files/rule.ts'
import type { CompiledKind, CompiledRule } from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, RuleInput, RuleState } from './engine.ts'
import { epochOf } from './epochs.ts'
import { evaluationContextOf } from './evaluation-context.ts'
import { type LifecycleResult, raiseFinding, withoutTimer } from './lifecycle.ts'
import type { StepContext } from './on-reading.ts'
import { initialRuleState, migrateRuleState } from './rule-state.ts'
import { parseTrialStateKey } from './trial-key.ts'

type ReconcileInput = Exclude<RuleInput, { type: 'device' }>

interface Reconciliation extends StepContext {
  state: DeviceState
  /** Those of the state, as far as they are settled. */
  rules: Record<string, RuleState>
  input: ReconcileInput
}

/**
 * Bring a device's state in line with the rules in force, before anything else is made of an input. A version that is
 * live now takes over from its trial. What else no longer exists for the device, or watches another component now, goes:
 * what it had raised is cleared, for nobody else would ever do it. A trial begins where its live rule stands.
 */
export function reconcile(
  state: DeviceState,
  input: ReconcileInput,
  context: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const { kind } = context
  // In order of name: that of a rule comes before those of its trials.
  const orphanedKeys = Object.keys(state.rules)
    .filter((key) => isOrphaned(state, key, kind))
    .sort()
  const newTrials = kind.trials.filter(({ key }) => state.rules[key] === undefined)
  if (orphanedKeys.length === 0 && newTrials.length === 0) return { state, findings: [] }
  const rules = { ...state.rules }
  const reconciliation = { ...context, state, rules, input }
  const findings = orphanedKeys.flatMap((key) => resolveOrphaned(key, reconciliation))
  for (const compiled of newTrials) rules[compiled.key] = forkLiveState(compiled, rules[compiled.rule.name])
  return { state: { ...state, rules }, findings }
}

function isOrphaned({ rules }: DeviceState, key: string, kind: CompiledKind): boolean {
  return kind.rules.get(key)?.rule.component !== rules[key]?.component
}

/** A trial begins with all that the live rule knows and has raised: what differs from then on is the versions' doing. */
function forkLiveState(compiled: CompiledRule, live: RuleState | undefined): RuleState {
  return live?.component === compiled.rule.component
    ? migrateRuleState(compiled, live)
    : initialRuleState(compiled)
}

function resolveOrphaned(key: string, reconciliation: Reconciliation): Finding[] {
  const orphaned = reconciliation.rules[key]
  if (orphaned === undefined) return []
  delete reconciliation.rules[key]
  const successor = successorOf(key, orphaned, reconciliation)
  return successor === undefined
    ? clearOrphaned(key, orphaned, reconciliation)
    : handOver(successor, orphaned, reconciliation)
}

/** The live rule that goes on with the state of its trial. */
function successorOf(
  key: string,
  { version, component }: RuleState,
  { kind, rules }: Reconciliation,
): CompiledRule | undefined {
  const trial = parseTrialStateKey(key)
  const live = trial && kind.rules.get(trial.rule)
  if (live?.rule.version !== version || live.rule.component !== component) return undefined
  return rules[live.key]?.version === version ? undefined : live
}

function handOver(
  { key, rule, evaluator: watch, trialMark: trial }: CompiledRule,
  trialState: RuleState,
  reconciliation: Reconciliation,
): Finding[] {
  const { state, rules, fleetModel: lessons, input } = reconciliation
  const before = rules[key]
  const at = reconciliationTime(input, [trialState, before])
  const { state: next, change } = mergeTrialState(rule, { before, trial: trialState, at })
  rules[key] = next
  if (change === undefined) return []
  const { component } = rule
  const evidence = watch.evidence(next.detectorState, evaluationContextOf(state, component, lessons))
  const epoch = epochOf(state, component).number
  return [createFinding(rule, change, { device: state.device.id, epoch, at, evidence, trial })]
}

function clearOrphaned(key: string, orphaned: RuleState, { state, input }: Reconciliation): Finding[] {
  if (orphaned.active === undefined) return []
  const { component, version, episode, active } = orphaned
  const trial = parseTrialStateKey(key)
  const rule = {
    name: trial?.rule ?? key,
    version,
    component,
    severity: active.severity,
    notice: undefined,
    ticket: undefined,
  }
  const change = { state: 'cleared', episode, update: active.updateCount } as const
  return [
    createFinding(rule, change, {
      device: state.device.id,
      epoch: epochOf(state, component).number,
      at: reconciliationTime(input, [orphaned]),
      evidence: { detector: orphaned.stateKey, points: [] },
      trial: trial === undefined ? {} : { shadow: true, trial: trial.since },
    }),
  ]
}

/** When it happens, in event time: never before what these rules have judged or raised. */
function reconciliationTime(input: ReconcileInput, states: readonly (RuleState | undefined)[]): number {
  const judged = states.flatMap((state) => state?.evaluatedAt ?? [])
  const raised = states.flatMap((state) => state?.active?.raisedAt ?? [])
  switch (input.type) {
    case 'reading':
      return Math.max(input.reading.ts, ...judged, ...raised)
    case 'part_replaced':
      return Math.max(input.ts, ...judged, ...raised)
    default:
      // The clock says nothing of a device that lives in other times: only rules that go by the clock go by it here.
      return judged.length > 0 ? Math.max(...judged, ...raised) : input.at
  }
}

/**
 * The state of a rule that goes on where the trial of the same version stood. What people were told is what the version
 * before told them, so that it is made good here: raised is what only the trial had raised, cleared what only the
 * version before had, unless the trial is waiting to raise it too.
 */
function mergeTrialState(
  rule: Rule,
  { before, trial, at }: { before: RuleState | undefined; trial: RuleState; at: number },
): LifecycleResult {
  const { episode = 0, recentRaises: raisedAt, lastNotified: told, active } = before ?? {}
  const { active: found, recentRaises: _raised, lastNotified: _told, ...learnt } = trial
  const state: RuleState = {
    ...learnt,
    episode,
    ...(raisedAt === undefined ? {} : { recentRaises: raisedAt }),
    ...(told === undefined ? {} : { lastNotified: told }),
  }
  if (found !== undefined && active === undefined) {
    const { crossesAt } = found
    return raiseFinding(rule, state, { raisedAt: at, ...(crossesAt === undefined ? {} : { crossesAt }) })
  }
  if (active === undefined) return { state }
  if (found !== undefined || trial.pendingSince !== undefined) {
    return { state: { ...withoutTimer('pendingSince', state), active } }
  }
  return { state, change: { state: 'cleared', episode, update: active.updateCount } }
}
