import type { Reading } from '../../contract/reading.ts'
import type { Rule } from '../files/rule.ts'
import { isRepeated } from '../quality/device-clock.ts'
import { recordHeard } from '../quality/heard.ts'
import { checkInputs } from '../quality/missing-inputs.ts'
import { isServiceExpected, recognizeServices } from '../quality/recognize-service.ts'
import { type ScreenedReading, screenReading } from '../quality/screen-reading.ts'
import { isAheadOfClock } from '../quality/times-ahead.ts'
import { isInhibited } from './causes.ts'
import type { CompiledKind, CompiledRule, StepContext } from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, RuleInput, RuleState, StepOutput } from './engine.ts'
import { DeviceContext, epochOf } from './evaluation-context.ts'
import { recordEvaluation } from './evaluation-record.ts'
import { advanceLifecycle } from './lifecycle.ts'
import { migrateRuleState } from './rule-state.ts'

type ReadingInput = Extract<RuleInput, { type: 'reading' }>

/** Screen a reading and evaluate it with every rule that uses one of its metrics. */
export function onReading(
  state: DeviceState,
  input: ReadingInput,
  context: StepContext,
  output: StepOutput,
): void {
  const { ts } = input.reading
  const newestBefore = newestReadingBefore(state, input, context.kind)
  const reading = screenReading(state, input.reading, context.kind, output)
  if (reading === undefined) {
    recordHeard(state, input.receivedAt ?? ts)
    return
  }
  recognizeServices(state, reading, context, output)
  for (const missing of checkInputs(state, reading, context.kind)) output.missingInputs.push(missing)
  recordHeard(state, input.receivedAt ?? ts)
  state.newestReadingAt = Math.max(ts, newestBefore ?? ts)
  const late = isLate(newestBefore, reading)
  const step = { reading, late, context, output }
  for (const compiled of context.kind.ruleList) evaluateRule(state, compiled, step)
}

/** What is the same for all rules. */
interface ReadingStep {
  reading: ScreenedReading
  late: boolean
  context: StepContext
  output: StepOutput
}

/** Evaluate a reading with one rule, if the rule uses it. */
function evaluateRule(
  state: DeviceState,
  compiled: CompiledRule,
  { reading, late, context: { kind, fleetModel }, output }: ReadingStep,
): void {
  const { key, rule, evaluator } = compiled
  const { ts, values } = reading
  const epoch = epochOf(state, rule.component)
  if (ts < epoch.since || (late && rule.latePolicy === 'ignore')) return
  const known = state.rules[key]
  const suspended = isSuspended(rule, known, values)
  const isUsed = usesAny(evaluator.metrics, values)
  if (!isUsed && suspended === (known?.suspended === true)) return
  const ruleState = migrateRuleState(compiled, known)
  state.rules[key] = ruleState
  if (!late && suspended !== ruleState.suspended) {
    // The suspension of the newest reading counts; timers do not run on meanwhile.
    ruleState.suspended = suspended
    ruleState.pendingSince = undefined
    ruleState.clearingSince = undefined
  }
  if (!isUsed || suspended) return
  const evaluationContext = new DeviceContext(state, rule.component, fleetModel)
  const assessment = evaluator.onSample(ruleState.memory, reading, evaluationContext)
  if (late && rule.latePolicy === 'features') return
  recordEvaluation(rule, ruleState, ts, kind.expectedIntervalMs)
  const isExplained = isInhibited(rule, state)
  const inhibited = isExplained || isServiceExpected(epoch, assessment, ts)
  const { conclusionAgeMs = 0 } = evaluator
  const change = advanceLifecycle(rule, ruleState, {
    assessment,
    at: ts,
    inhibited,
    isExplained,
    conclusionAgeMs,
  })
  if (change === undefined) return
  const evidence = evaluator.evidence(ruleState.memory, evaluationContext)
  const findingContext = {
    device: state.device.id,
    epoch: epoch.number,
    at: ts,
    evidence,
    trial: compiled.trialMark,
  }
  output.findings.push(createFinding(rule, change, findingContext))
}

function usesAny(metrics: readonly string[], values: Readonly<Record<string, number>>): boolean {
  for (const metric of metrics) if (values[metric] !== undefined) return true
  return false
}

/** Return whether `only_while` is false: by this reading where it tells, else by the newest that did. */
function isSuspended(
  { onlyWhile }: Rule,
  known: RuleState | undefined,
  values: Readonly<Record<string, number>>,
): boolean {
  if (onlyWhile === undefined) return false
  if (onlyWhile.inputs.some((metric) => values[metric] === undefined)) return known?.suspended === true
  return onlyWhile.evaluate(values) === 0
}

/** Return the event time of the newest reading; undefined where it was received while the server's clock was ahead. */
function newestReadingBefore(
  { newestReadingAt, quality }: DeviceState,
  { receivedAt, reading }: ReadingInput,
  { latenessMs }: CompiledKind,
): number | undefined {
  if (newestReadingAt === undefined || receivedAt === undefined) return newestReadingAt
  // A repeated reading carries the time of receipt of its first copy, which says nothing of the clock.
  if (isRepeated(quality?.clock, reading)) return newestReadingAt
  return isAheadOfClock(newestReadingAt, receivedAt + latenessMs) ? undefined : newestReadingAt
}

function isLate(newestReadingAt: number | undefined, { ts, hist }: Pick<Reading, 'ts' | 'hist'>): boolean {
  return hist === true || (newestReadingAt !== undefined && ts <= newestReadingAt)
}
