import type { Finding } from '../../contract/finding.ts'
import type { Rule } from '../files/rule.ts'
import type { CompiledKind, CompiledRule, StepContext } from './compile.ts'
import { createFinding, type TrialMark } from './create-finding.ts'
import type { DeviceState, RuleInput, RuleState, StepOutput } from './engine.ts'
import { DeviceContext, epochOf } from './evaluation-context.ts'
import { type FindingChange, raiseFinding } from './lifecycle.ts'
import { initialRuleState, migrateRuleState, parseTrialStateKey } from './rule-state.ts'

type ReconcileInput = Exclude<RuleInput, { type: 'device' }>

interface Reconciliation extends StepContext {
  state: DeviceState
  /** States of the rules, reconciled so far. */
  rules: Record<string, RuleState>
  input: ReconcileInput
}

/**
 * Bring a device's state in line with the live rule set, before an input is evaluated. A version that went live takes
 * over the state of its trial. The state of a rule that no longer exists, or now belongs to another component, is removed
 * and its active finding cleared: nothing else would clear it. A trial starts with the state of its live rule.
 */
export function reconcile(
  state: DeviceState,
  input: ReconcileInput,
  context: StepContext,
  { findings }: Pick<StepOutput, 'findings'>,
): DeviceState {
  const { kind } = context
  if (isReconciled(state, kind)) return state
  // In order of name: that of a rule comes before those of its trials.
  const orphanedKeys = Object.keys(state.rules)
    .filter((key) => isOrphaned(state, key, kind))
    .sort()
  const newTrials = kind.trials.filter(({ key }) => state.rules[key] === undefined)
  const rules = { ...state.rules }
  const reconciliation = { ...context, state, rules, input }
  for (const key of orphanedKeys) findings.push(...resolveOrphaned(key, reconciliation))
  for (const compiled of newTrials) rules[compiled.key] = forkLiveState(compiled, rules[compiled.rule.name])
  return { ...state, rules }
}

/** Return whether the state is in line with the live rule set. */
function isReconciled(state: DeviceState, kind: CompiledKind): boolean {
  for (const key in state.rules) if (isOrphaned(state, key, kind)) return false
  for (const { key } of kind.trials) if (state.rules[key] === undefined) return false
  return true
}

function isOrphaned({ rules }: DeviceState, key: string, kind: CompiledKind): boolean {
  return kind.rules.get(key)?.rule.component !== rules[key]?.component
}

/** Copy the state of the live rule for a new trial, so that later differences come from the versions alone. */
function forkLiveState(compiled: CompiledRule, live: RuleState | undefined): RuleState {
  return live?.component === compiled.rule.component
    ? migrateRuleState(compiled, structuredClone(live))
    : initialRuleState(compiled)
}

function resolveOrphaned(key: string, reconciliation: Reconciliation): Finding[] {
  const orphaned = reconciliation.rules[key]
  if (orphaned === undefined) return []
  delete reconciliation.rules[key]
  const successor = successorOf(key, orphaned, reconciliation)
  return successor === undefined
    ? clearOrphaned(reconciliation.state, orphaned, {
        key,
        at: reconciliationTime(reconciliation.input, [orphaned]),
      })
    : handOver(successor, orphaned, reconciliation)
}

/** Return the live rule that takes over the state of its trial, if any. */
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
  { key, rule, evaluator, trialMark }: CompiledRule,
  trialState: RuleState,
  reconciliation: Reconciliation,
): Finding[] {
  const { state, rules, fleetModel, input } = reconciliation
  const before = rules[key]
  const at = reconciliationTime(input, [trialState, before])
  const { state: next, change } = mergeTrialState(rule, { before, trial: trialState, at })
  rules[key] = next
  if (change === undefined) return []
  const { component } = rule
  const evidence = evaluator.evidence(next.memory, new DeviceContext(state, component, fleetModel))
  const epoch = epochOf(state, component).number
  return [createFinding(rule, change, { device: state.device.id, epoch, at, evidence, trial: trialMark })]
}

/**
 * Create the finding that clears the active one of a rule that no longer evaluates the device; none where it has none.
 * @param key of the rule's state in `DeviceState.rules`
 * @param live trial fields of the rule where it is still live
 */
export function clearOrphaned(
  state: DeviceState,
  { active, component, version, episode, stateKey }: RuleState,
  { key, at, live }: { key: string; at: number; live?: TrialMark | undefined },
): Finding[] {
  if (active === undefined) return []
  const trial = parseTrialStateKey(key)
  const name = trial?.rule ?? key
  const rule = { name, version, component, severity: active.severity, notice: undefined, ticket: undefined }
  const change = { state: 'cleared', episode, update: active.updateCount } as const
  return [
    createFinding(rule, change, {
      device: state.device.id,
      epoch: epochOf(state, component).number,
      at,
      evidence: { detector: stateKey, points: [] },
      trial: live ?? (trial === undefined ? {} : { shadow: true, trial: trial.since }),
    }),
  ]
}

/** Return the event time of the reconciliation, ms: never before what these states evaluated or raised. */
function reconciliationTime(input: ReconcileInput, states: readonly (RuleState | undefined)[]): number {
  const evaluated = states.flatMap((state) => state?.evaluatedAt ?? [])
  const raised = states.flatMap((state) => state?.active?.raisedAt ?? [])
  switch (input.type) {
    case 'reading':
      return Math.max(input.reading.ts, ...evaluated, ...raised)
    case 'part_replaced':
      return Math.max(input.ts, ...evaluated, ...raised)
    default:
      // The server clock may differ from the device's event times, so it counts only for rules that evaluate ticks alone.
      return evaluated.length > 0 ? Math.max(...evaluated, ...raised) : input.at
  }
}

/**
 * Merge the state of a trial into the rule whose version went live. People saw the findings of the version before, so
 * the difference is reported here: a finding that only the trial had is raised, and one that only the version before had
 * is cleared, unless it is pending in the trial (`for`).
 */
function mergeTrialState(
  rule: Rule,
  { before, trial, at }: { before: RuleState | undefined; trial: RuleState; at: number },
): { state: RuleState; change?: FindingChange } {
  const { episode = 0, recentRaises, lastNotified, active } = before ?? {}
  const state: RuleState = { ...trial, episode, recentRaises, lastNotified, active: undefined }
  if (trial.active !== undefined && active === undefined)
    return { state, change: raiseFinding(rule, state, { ...trial.active, raisedAt: at }) }
  if (active === undefined) return { state }
  if (trial.active === undefined && trial.pendingSince === undefined)
    return { state, change: { state: 'cleared', episode, update: active.updateCount } }
  state.pendingSince = undefined
  state.active = active
  return { state }
}
