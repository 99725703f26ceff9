import type { Finding } from '../../contract/finding.ts'
import { emptyFleetModel } from '../../contract/fleet-model.ts'
import type { MissingInput } from '../../contract/measurements.ts'
import type { Kinds } from '../files/kinds.ts'
import { contributionOf } from '../fleet-model/contribution.ts'
import { recordHeard } from '../quality/heard.ts'
import { withoutRuleTimesAhead, withoutTimesAhead } from '../quality/times-ahead.ts'
import { isInhibited } from './causes.ts'
import {
  type CompiledKind,
  type CompiledRule,
  type CompileOptions,
  compileRules,
  type StepContext,
} from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, Engine, RuleInput, StepResult } from './engine.ts'
import { epochOf, evaluationContextOf } from './evaluation-context.ts'
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
    evaluator.wakesAt?.(known.detectorState, evaluationContextOf(state, rule.component, emptyFleetModel)) ??
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
      if (input.type === 'device') return registerDevice(state, input, compiled)
      const kind = state && compiled.get(state.device.kind)
      if (!state || !kind || state.device.retired) return { state, findings: [] }
      const context: StepContext = { kind, fleetModel }
      const confirmed = confirmKind(state, input, compiled)
      const current = reconcile(confirmed.state, input, context)
      const ordered = reorder(current.state, input, kind.latenessMs)
      const findings = [...confirmed.findings, ...current.findings]
      const missingInputs: MissingInput[] = []
      let next = ordered.state
      for (const one of ordered.inputs) {
        const step = dispatch(next, one, context)
        next = step.state
        findings.push(...step.findings)
        missingInputs.push(...(step.missingInputs ?? []))
      }
      return { state: next, findings, ...(missingInputs.length > 0 ? { missingInputs } : {}) }
    },
    contribution(state) {
      const kind = compiled.get(state.device.kind)
      return kind && !state.device.retired ? contributionOf(state, kind) : { lifetimes: [], levels: [] }
    },
    nextTickAt(state) {
      const kind = compiled.get(state.device.kind)
      return kind && !state.device.retired ? nextTickAt(state, kind) : Number.POSITIVE_INFINITY
    },
    needsTicks(name) {
      const kind = compiled.get(name)
      return kind !== undefined && (kind.tickDriven.length > 0 || kind.latenessMs > 0)
    },
  }
}

function dispatch(
  state: DeviceState,
  input: Exclude<RuleInput, { type: 'device' }>,
  context: StepContext,
): StepResult & { state: DeviceState } {
  switch (input.type) {
    case 'reading':
      return onReading(state, input, context)
    case 'part_replaced':
      return onPartReplaced(state, input, context)
    case 'heard':
      return { state: { ...state, ...recordHeard(state, input.at) }, findings: [] }
    case 'tick':
      return onTick(state, input, context)
    case 'fleet_model':
      return onFleetModel(state, input.at, context)
  }
}

/** Evaluate a cohort with a new fleet model. A cohort has no owner: its findings have neither notice nor ticket. */
function onFleetModel(
  state: DeviceState,
  at: number,
  { kind, fleetModel }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of kind.rules.values()) {
    const { key, rule, evaluator, trialMark } = compiled
    if (evaluator.evaluateCohort === undefined) continue
    const { verdict, evidence } = evaluator.evaluateCohort(
      evaluationContextOf(state, rule.component, fleetModel),
    )
    const before = migrateRuleState(compiled, state.rules[key])
    const advanced = advanceLifecycle({ ...rule, forMs: 0 }, before, {
      assessment: verdict,
      at,
      inhibited: false,
    })
    rules[key] = advanced.state
    if (advanced.change === undefined) continue
    const ruleWithoutActions = { ...rule, notice: undefined, ticket: undefined }
    findings.push(
      createFinding(ruleWithoutActions, advanced.change, {
        device: state.device.id,
        epoch: 0,
        at,
        evidence,
        trial: trialMark,
      }),
    )
  }
  return { state: { ...state, rules }, findings }
}

type Tick = Extract<RuleInput, { type: 'tick' }>

/** Evaluate the time-driven rules. @returns the same state when nothing changed */
function onTick(
  before: DeviceState,
  { at, since = Number.NEGATIVE_INFINITY }: Tick,
  { kind, fleetModel }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const findings: Finding[] = []
  const state = withoutTimesAhead(before, at)
  if (kind.tickDriven.length === 0) return { state, findings }
  const { lastSeenAt, expectedSince = lastSeenAt ?? at } = state
  let next: DeviceState = state.expectedSince === undefined ? { ...state, expectedSince } : state
  const now = { at, listening: Math.max(since, expectedSince) }
  for (const compiled of kind.tickDriven) {
    const { key, rule, evaluator, trialMark } = compiled
    if (evaluator.onTick === undefined || state.rules[key]?.suspended) continue
    const evaluationContext = evaluationContextOf(state, rule.component, fleetModel)
    const ruleState = withoutRuleTimesAhead(migrateRuleState(compiled, state.rules[key]), at)
    const { state: detectorState, assessment } = evaluator.onTick(
      ruleState.detectorState,
      now,
      evaluationContext,
    )
    const updated = detectorState === ruleState.detectorState ? ruleState : { ...ruleState, detectorState }
    const lifecycleInput = { assessment, at, inhibited: isInhibited(rule, next) }
    const advanced = advanceLifecycle(rule, updated, lifecycleInput)
    if (advanced.state === state.rules[key]) continue
    next = { ...next, rules: { ...next.rules, [key]: advanced.state } }
    if (advanced.change === undefined) continue
    const epoch = epochOf(state, rule.component).number
    const evidence = evaluator.evidence(detectorState, evaluationContext)
    const findingContext = { device: state.device.id, epoch, at, evidence, trial: trialMark }
    findings.push(createFinding(rule, advanced.change, findingContext))
  }
  return { state: next, findings }
}
