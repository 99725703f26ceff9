import type { Finding } from '../../contract/finding.ts'
import type { FleetModel } from '../../contract/fleet-model.ts'
import type { Reading } from '../../contract/reading.ts'
import { type ScreenedValues, screenReading } from '../quality/screen-reading.ts'
import { isInhibited } from './causes.ts'
import type { CompiledKind, CompiledRule } from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, RuleInput, RuleState } from './engine.ts'
import { epochOf, evaluationContextOf } from './evaluation-context.ts'
import { recordEvaluation } from './evaluation-record.ts'
import { advanceLifecycle } from './lifecycle.ts'
import { migrateRuleState } from './rule-state.ts'

type ReadingInput = Extract<RuleInput, { type: 'reading' }>

interface ReadingResult {
  state: DeviceState
  findings: Finding[]
}

/** Rules and fleet model under which an input is evaluated. */
export interface StepContext {
  kind: CompiledKind
  fleetModel: FleetModel
}

/** Reading and state that the next rule sees. */
interface ReadingStepContext extends StepContext {
  /** After the rules that already evaluated the reading. */
  state: DeviceState
  reading: ScreenedValues
  late: boolean
}

/** Screen a reading and evaluate it with every rule that uses one of its metrics. */
export function onReading(before: DeviceState, input: ReadingInput, context: StepContext): ReadingResult {
  const { reading, state, findings } = screenReading(before, input.reading, context.kind)
  const { ts } = input.reading
  const lastSeenAt = Math.max(input.receivedAt ?? ts, state.lastSeenAt ?? ts)
  if (reading === undefined) return { state: { ...state, lastSeenAt }, findings }
  const rules = { ...state.rules }
  const late = isLate(state, reading)
  const newestReadingAt = Math.max(ts, state.newestReadingAt ?? ts)
  const seen: DeviceState = { ...state, rules, lastSeenAt, newestReadingAt }
  const readingContext: ReadingStepContext = { ...context, state: seen, reading, late }
  for (const compiled of context.kind.rules.values()) {
    const step = evaluateRule(readingContext, compiled)
    if (step === undefined) continue
    rules[compiled.key] = step.state
    if (step.finding) findings.push(step.finding)
  }
  return { state: readingContext.state, findings }
}

/** Evaluate a reading with one rule. @returns undefined when the rule does not use it */
function evaluateRule(
  { state, reading, late, kind, fleetModel }: ReadingStepContext,
  compiled: CompiledRule,
): { state: RuleState; finding?: Finding } | undefined {
  const { rule, evaluator } = compiled
  const { ts, values } = reading
  const epoch = epochOf(state, rule.component)
  if (ts < epoch.since || (late && rule.latePolicy === 'ignore')) return undefined
  if (!evaluator.metrics.some((metric) => values[metric] !== undefined)) return undefined
  const evaluationContext = evaluationContextOf(state, rule.component, fleetModel)
  const before = migrateRuleState(compiled, state.rules[compiled.key])
  const { state: detectorState, assessment } = evaluator.onSample(
    before.detectorState,
    reading,
    evaluationContext,
  )
  if (late && rule.latePolicy === 'features') return { state: { ...before, detectorState } }
  const { expectedIntervalMs } = kind
  const recorded = recordEvaluation(rule, { ...before, detectorState }, { at: ts, expectedIntervalMs })
  const lifecycleInput = { assessment, at: ts, inhibited: isInhibited(rule, state) }
  const advanced = advanceLifecycle(rule, recorded, lifecycleInput)
  if (advanced.change === undefined) return { state: advanced.state }
  const evidence = evaluator.evidence(detectorState, evaluationContext)
  const findingContext = {
    device: state.device.id,
    epoch: epoch.number,
    at: ts,
    evidence,
    trial: compiled.trialMark,
  }
  return { state: advanced.state, finding: createFinding(rule, advanced.change, findingContext) }
}

function isLate(state: DeviceState, { ts, hist }: Reading): boolean {
  return hist === true || (state.newestReadingAt !== undefined && ts <= state.newestReadingAt)
}
