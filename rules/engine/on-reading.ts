import type { Finding } from '../../contract/finding.ts'
import type { Reading } from '../../contract/reading.ts'
import type { Rule } from '../files/rule.ts'
import { isRepeated } from '../quality/device-clock.ts'
import { recordHeard } from '../quality/heard.ts'
import { checkInputs } from '../quality/missing-inputs.ts'
import { isServiceExpected, recognizeServices } from '../quality/recognize-service.ts'
import { type ScreenedValues, screenReading } from '../quality/screen-reading.ts'
import { isAheadOfClock } from '../quality/times-ahead.ts'
import { isInhibited } from './causes.ts'
import type { CompiledKind, CompiledRule, StepContext } from './compile.ts'
import { createFinding } from './create-finding.ts'
import type { DeviceState, RuleInput, RuleState, StepResult } from './engine.ts'
import { epochOf, evaluationContextOf } from './evaluation-context.ts'
import { recordEvaluation } from './evaluation-record.ts'
import { advanceLifecycle } from './lifecycle.ts'
import { migrateRuleState } from './rule-state.ts'

type ReadingInput = Extract<RuleInput, { type: 'reading' }>

type ReadingResult = StepResult & { state: DeviceState }

/** Reading and state that the next rule sees. */
interface ReadingStepContext extends StepContext {
  /** After the rules that already evaluated the reading. */
  state: DeviceState
  reading: ScreenedValues
  late: boolean
}

/** Screen a reading and evaluate it with every rule that uses one of its metrics. */
export function onReading(before: DeviceState, input: ReadingInput, context: StepContext): ReadingResult {
  const screened = screenReading(before, input.reading, context.kind)
  const { reading, findings } = screened
  const { ts } = input.reading
  const heard = recordHeard(before, input.receivedAt ?? ts)
  if (reading === undefined) return { state: { ...screened.state, ...heard }, findings }
  const serviced = recognizeServices(screened.state, reading, context)
  const { state, missingInputs } = checkInputs(serviced.state, reading, context.kind)
  findings.push(...serviced.findings)
  const rules = { ...state.rules }
  const newestBefore = newestReadingBefore(before, input, context.kind)
  const late = isLate(newestBefore, reading)
  const newestReadingAt = Math.max(ts, newestBefore ?? ts)
  const seen: DeviceState = { ...state, rules, ...heard, newestReadingAt }
  const readingContext: ReadingStepContext = { ...context, state: seen, reading, late }
  for (const compiled of context.kind.rules.values()) {
    const step = evaluateRule(readingContext, compiled)
    if (step === undefined) continue
    rules[compiled.key] = step.state
    if (step.finding) findings.push(step.finding)
  }
  return { state: readingContext.state, findings, ...(missingInputs.length > 0 ? { missingInputs } : {}) }
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
  const known = state.rules[compiled.key]
  const suspended = isSuspended(rule, known, values)
  const isUsed = evaluator.metrics.some((metric) => values[metric] !== undefined)
  if (!isUsed && suspended === (known?.suspended === true)) return undefined
  const evaluationContext = evaluationContextOf(state, rule.component, fleetModel)
  const before = late
    ? migrateRuleState(compiled, known)
    : withSuspension(migrateRuleState(compiled, known), suspended)
  if (!isUsed || suspended) return { state: before }
  const { state: detectorState, assessment } = evaluator.onSample(
    before.detectorState,
    reading,
    evaluationContext,
  )
  if (late && rule.latePolicy === 'features') return { state: { ...before, detectorState } }
  const { expectedIntervalMs } = kind
  const recorded = recordEvaluation(rule, { ...before, detectorState }, { at: ts, expectedIntervalMs })
  const inhibited = isInhibited(rule, state) || isServiceExpected(epoch, assessment, ts)
  const advanced = advanceLifecycle(rule, recorded, { assessment, at: ts, inhibited })
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

/** Return the state with the suspension of the newest reading; timers do not run on meanwhile. */
function withSuspension(state: RuleState, suspended: boolean): RuleState {
  if (suspended === (state.suspended === true)) return state
  const { suspended: _, pendingSince: _pending, clearingSince: _clearing, ...rest } = state
  return suspended ? { ...rest, suspended } : rest
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

function isLate(newestReadingAt: number | undefined, { ts, hist }: Reading): boolean {
  return hist === true || (newestReadingAt !== undefined && ts <= newestReadingAt)
}
