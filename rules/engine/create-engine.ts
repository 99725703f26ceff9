import { emptyFleetModel } from '../../contract/fleet-model.ts'
import type { Kinds } from '../files/kinds.ts'
import { contributionOf } from '../fleet-model/contribution.ts'
import { recordHeard } from '../quality/heard.ts'
import { limitRuleTimesAhead, limitTimesAhead } from '../quality/times-ahead.ts'
import { isInhibited } from './causes.ts'
import {
  type CompiledKind,
  type CompiledRule,
  type CompileOptions,
  compileRules,
  type StepContext,
} from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, Engine, RuleInput, StepOutput, StepResult } from './engine.ts'
import { DeviceContext, epochOf } from './evaluation-context.ts'
import { advanceLifecycle } from './lifecycle.ts'
import { onPartReplaced } from './on-part-replaced.ts'
import { onReading } from './on-reading.ts'
import { reconcile } from './reconcile.ts'
import { confirmKind, kindChangeConfirmedMs, registerDevice } from './register-device.ts'
import { reorder } from './reorder.ts'
import { migrateRuleState } from './rule-state.ts'

const immediately = Number.NEGATIVE_INFINITY
const never = Number.POSITIVE_INFINITY

/** Return the earliest time at which a tick may change the state if no other input comes first, ms. */
function nextTickAt(state: DeviceState, kind: CompiledKind): number {
  const { reorderBuffer = [] } = state
  const received = reorderBuffer.reduce((least, { receivedAt }) => Math.min(least, receivedAt), never)
  const rules = kind.tickDriven.map((compiled) => ruleNextTickAt(state, compiled))
  const { since = never } = state.formerKind ?? {}
  return Math.min(received + kind.latenessMs, since + kindChangeConfirmedMs, ...rules)
}

function ruleNextTickAt(state: DeviceState, { key, rule, evaluator }: CompiledRule): number {
  const known = state.rules[key]
  const isCurrent = state.expectedSince !== undefined && known?.version === rule.version
  if (!isCurrent || known.active !== undefined || known.pendingSince !== undefined) return immediately
  return (
    evaluator.wakesAt?.(known.memory, new DeviceContext(state, rule.component, emptyFleetModel)) ??
    immediately
  )
}

export interface EngineOptions extends CompileOptions {
  kinds: Kinds
}

/** Create the engine for a rule set. Rules of a kind that is not among `kinds` are never run. */
export function createEngine({ kinds, ...rules }: EngineOptions): Engine {
  const compiled = compileRules(kinds, rules)
  return {
    step(state, input, fleetModel = emptyFleetModel): StepResult {
      if (input.type === 'device') return { ...registerDevice(state, input, compiled), isChanged: true }
      const kind = state && compiled.get(state.device.kind)
      if (!state || !kind || state.device.retired) return { state, findings: [], isChanged: false }
      const context: StepContext = { kind, fleetModel }
      const output: StepOutput = { findings: [], missingInputs: [] }
      const confirmed = confirmKind(state, input, compiled, output)
      const current = reconcile(confirmed, input, context, output)
      if (kind.latenessMs === 0 && current.reorderBuffer === undefined)
        return stepResult(current, dispatch(current, input, context, output) || current !== state, output)
      const ordered = reorder(current, input, kind.latenessMs)
      let isChanged = ordered.state !== state
      for (const one of ordered.inputs) if (dispatch(ordered.state, one, context, output)) isChanged = true
      return stepResult(ordered.state, isChanged, output)
    },
    contribution(state, isWanted) {
      const kind = compiled.get(state.device.kind)
      return kind && !state.device.retired
        ? contributionOf(state, kind, isWanted)
        : { lifetimes: [], levels: [] }
    },
    nextTickAt(state) {
      const kind = compiled.get(state.device.kind)
      return kind && !state.device.retired ? nextTickAt(state, kind) : Number.POSITIVE_INFINITY
    },
    neededMetrics: (name) => {
      const kind = compiled.get(name)
      return kind === undefined ? [] : kind.neededMetrics
    },
    contributes(name) {
      const { ruleList = [] } = compiled.get(name) ?? {}
      return ruleList.some(
        ({ evaluator }) => evaluator.lifetimeSeries ?? evaluator.cohortLevel ?? evaluator.history,
      )
    },
    needsTicks(name) {
      const kind = compiled.get(name)
      return kind !== undefined && (kind.tickDriven.length > 0 || kind.latenessMs > 0)
    },
  }
}

function stepResult(
  state: DeviceState,
  isChanged: boolean,
  { findings, missingInputs }: StepOutput,
): StepResult {
  return missingInputs.length > 0
    ? { state, isChanged, findings, missingInputs }
    : { state, isChanged, findings }
}

/** Apply an input to the state, in place. @returns whether the state changed */
function dispatch(
  state: DeviceState,
  input: Exclude<RuleInput, { type: 'device' }>,
  context: StepContext,
  output: StepOutput,
): boolean {
  switch (input.type) {
    case 'reading':
      onReading(state, input, context, output)
      return true
    case 'part_replaced':
      return onPartReplaced(state, input, context, output)
    case 'heard':
      recordHeard(state, input.at)
      return true
    case 'tick':
      return onTick(state, input, context, output)
    case 'fleet_model':
      onFleetModel(state, input.at, context, output)
      return true
  }
}

/** Evaluate a cohort with a new fleet model. A cohort has no owner: its findings have neither notice nor ticket. */
function onFleetModel(
  state: DeviceState,
  at: number,
  { kind, fleetModel }: StepContext,
  { findings }: StepOutput,
): void {
  for (const compiled of kind.rules.values()) {
    const { key, rule, evaluator, trialMark } = compiled
    if (evaluator.evaluateCohort === undefined) continue
    const { verdict, evidence } = evaluator.evaluateCohort(
      new DeviceContext(state, rule.component, fleetModel),
    )
    const ruleState = migrateRuleState(compiled, state.rules[key])
    state.rules[key] = ruleState
    const input = { assessment: verdict, at, inhibited: false, isExplained: false, conclusionAgeMs: 0 }
    const change = advanceLifecycle({ ...rule, forMs: 0 }, ruleState, input)
    if (change === undefined) continue
    const ruleWithoutActions = { ...rule, notice: undefined, ticket: undefined }
    const context = { device: state.device.id, epoch: 0, at, evidence, trial: trialMark }
    findings.push(createFinding(ruleWithoutActions, change, context))
  }
}

type Tick = Extract<RuleInput, { type: 'tick' }>

/** Evaluate the time-driven rules. @returns whether the state changed */
function onTick(
  state: DeviceState,
  { at, since = Number.NEGATIVE_INFINITY }: Tick,
  { kind, fleetModel }: StepContext,
  { findings }: StepOutput,
): boolean {
  let isChanged = limitTimesAhead(state, at)
  if (kind.tickDriven.length === 0) return isChanged
  if (state.expectedSince === undefined) {
    state.expectedSince = state.lastSeenAt ?? at
    isChanged = true
  }
  const now = { at, listening: Math.max(since, state.expectedSince) }
  for (const compiled of kind.tickDriven) {
    const { key, rule, evaluator, trialMark } = compiled
    const known = state.rules[key]
    if (evaluator.onTick === undefined || known?.suspended) continue
    const isPresent = known?.version === rule.version
    const ruleState = migrateRuleState(compiled, known)
    state.rules[key] = ruleState
    const areTimesLimited = limitRuleTimesAhead(ruleState, at)
    const context = new DeviceContext(state, rule.component, fleetModel)
    const tick = evaluator.onTick(ruleState.memory, now, context)
    const { pendingSince, clearingSince } = ruleState
    const isExplained = isInhibited(rule, state)
    const input = { assessment: tick.assessment, at, inhibited: isExplained, isExplained, conclusionAgeMs: 0 }
    const change = advanceLifecycle(rule, ruleState, input)
    isChanged ||=
      !isPresent ||
      areTimesLimited ||
      tick.isChanged ||
      change !== undefined ||
      pendingSince !== ruleState.pendingSince ||
      clearingSince !== ruleState.clearingSince
    if (change === undefined) continue
    const epoch = epochOf(state, rule.component).number
    const evidence = evaluator.evidence(ruleState.memory, context)
    const findingContext = { device: state.device.id, epoch, at, evidence, trial: trialMark }
    findings.push(createFinding(rule, change, findingContext))
  }
  return isChanged
}
