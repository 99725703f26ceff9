import { severityRank } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import type { Assessment } from '../detectors/detector.ts'
import type { Rule } from '../files/rule.ts'
import type { ActiveFinding, RuleState } from './engine.ts'

/** Transition of a rule's finding. */
export interface FindingChange {
  state: 'raised' | 'updated' | 'cleared'
  episode: number
  /** Number of the update within its episode, 0 for `raised`. */
  update: number
  /** The owner is not notified: `repeat` limits it. */
  muted?: boolean
}

export interface LifecycleInput {
  assessment: Assessment
  /** Event time, ms. */
  at: number
  /** Nothing may be raised now. */
  inhibited: boolean
  /** An active finding of the device explains what is bad (`unless`); then it is inhibited as well. */
  isExplained: boolean
  /** How old the readings may be that a `bad` is of, ms; 0 where each reading is assessed by itself. */
  conclusionAgeMs: number
}

const minCrossingShiftMs = 7 * dayMs
const minCrossingShiftRatio = 0.25

type RaiseInput = Required<Pick<ActiveFinding, 'raisedAt'>> & Pick<ActiveFinding, 'crossesAt' | 'occurrence'>

/**
 * Advance a rule's finding by one assessment, in place; applies `for`, `hold`, `repeat`, `unless` and `latch`.
 * @returns the change of the finding, if there is one
 */
export function advanceLifecycle(
  rule: Rule,
  state: RuleState,
  input: LifecycleInput,
): FindingChange | undefined {
  return state.active === undefined
    ? advanceIdle(rule, state, input)
    : advanceActive(rule, state, state.active, input)
}

function advanceIdle(
  rule: Rule,
  state: RuleState,
  { assessment, at, inhibited, isExplained, conclusionAgeMs }: LifecycleInput,
): FindingChange | undefined {
  if (assessment.is !== 'bad') {
    state.pendingSince = undefined
    return undefined
  }
  if (isExplained && conclusionAgeMs > 0) state.explainedAt = at
  // A conclusion from readings under the cause must not outlive it.
  const isOfNow = at - (state.explainedAt ?? Number.NEGATIVE_INFINITY) >= conclusionAgeMs
  const pendingSince = withoutGap(state, state.pendingSince ?? assessment.since ?? at)
  if (at - pendingSince >= rule.forMs && !inhibited && isOfNow) {
    const { crossesAt, occurrence } = assessment
    return raiseFinding(rule, state, {
      raisedAt: at,
      ...(crossesAt !== undefined && { crossesAt }),
      ...(occurrence !== undefined && { occurrence }),
    })
  }
  state.pendingSince = pendingSince
  return undefined
}

/** Raise a finding: start an episode at `raisedAt`, whether or not `for` has elapsed. */
export function raiseFinding(
  rule: Rule,
  state: RuleState,
  { raisedAt, crossesAt, occurrence }: RaiseInput,
): FindingChange {
  const notifies = mayNotify(rule, state, raisedAt)
  state.pendingSince = undefined
  delete state.explainedAt
  recordRaise(rule, state, raisedAt)
  if (notifies) recordNotification(rule, state, raisedAt)
  state.episode += 1
  state.active = {
    raisedAt,
    severity: rule.severity,
    updateCount: 0,
    ...(crossesAt !== undefined && { crossesAt }),
    ...(occurrence !== undefined && { occurrence }),
  }
  return { state: 'raised', episode: state.episode, update: 0, muted: !notifies }
}

function advanceActive(
  rule: Rule,
  state: RuleState,
  active: ActiveFinding,
  { assessment, at }: LifecycleInput,
): FindingChange | undefined {
  if (isNextOccurrence(active, assessment)) {
    // Pending, so that the next evaluation raises the finding of the new occurrence.
    state.pendingSince = at
    return clearActive(state, active)
  }
  if (rule.latch || assessment.is !== 'good') {
    state.clearingSince = undefined
    return updateOngoing(rule, state, active, { assessment, at })
  }
  const clearingSince = withoutGap(state, state.clearingSince ?? at)
  if (at - clearingSince >= effectiveHoldMs(rule, state)) return clearActive(state, active)
  state.clearingSince = clearingSince
  return undefined
}

function clearActive(state: RuleState, { updateCount }: ActiveFinding): FindingChange {
  state.clearingSince = undefined
  state.active = undefined
  return { state: 'cleared', episode: state.episode, update: updateCount }
}

function isNextOccurrence({ occurrence }: ActiveFinding, assessment: Assessment): boolean {
  if (assessment.is !== 'bad' || occurrence === undefined) return false
  return assessment.occurrence !== undefined && assessment.occurrence > occurrence
}

function updateOngoing(
  rule: Rule,
  state: RuleState,
  active: ActiveFinding,
  { assessment, at }: Pick<LifecycleInput, 'assessment' | 'at'>,
): FindingChange | undefined {
  if (assessment.is !== 'bad' || !isSignificantUpdate(rule, active, at, assessment.crossesAt))
    return undefined
  if (!mayNotify(rule, state, at)) return undefined
  recordNotification(rule, state, at)
  active.updateCount += 1
  active.severity = rule.severity
  if (assessment.crossesAt !== undefined) active.crossesAt = assessment.crossesAt
  return { state: 'updated', episode: state.episode, update: active.updateCount }
}

/** Return the start of a period without the time before the last gap: what was in it is unknown. */
function withoutGap({ continuousSince }: RuleState, since: number): number {
  return Math.max(continuousSince ?? since, since)
}

/** Return whether the severity changed, or the predicted date moved by over a week and a quarter of the remaining time. */
function isSignificantUpdate(
  rule: Rule,
  active: ActiveFinding,
  at: number,
  crossesAt: number | undefined,
): boolean {
  if (rule.severity !== active.severity) return true
  if (active.crossesAt === undefined || crossesAt === undefined) return false
  const remainingMs = Math.max(0, active.crossesAt - at)
  const shiftMs = Math.abs(Math.max(at, crossesAt) - Math.max(at, active.crossesAt))
  return shiftMs > Math.max(minCrossingShiftMs, minCrossingShiftRatio * remainingMs)
}

/** Record a raise, for a `hold` of findings that return. */
function recordRaise({ hold }: Rule, state: RuleState, at: number): void {
  if (hold === undefined || hold.raises === 1) return
  state.recentRaises = [...(state.recentRaises ?? []), at].slice(-hold.raises)
}

/** Return how long assessments must stay `good` before the finding is cleared, ms. */
function effectiveHoldMs({ hold }: Rule, { recentRaises = [] }: RuleState): number {
  if (hold === undefined || hold.raises === 1) return hold?.forMs ?? 0
  const first = recentRaises.at(-hold.raises)
  const last = recentRaises.at(-1)
  if (first === undefined || last === undefined) return 0
  return last - first <= hold.withinMs ? hold.forMs : 0
}

/** Return whether the owner may be notified: not again within `repeat`, unless the severity is higher than last time. */
function mayNotify({ repeatMs, severity }: Rule, { lastNotified }: RuleState, at: number): boolean {
  if (lastNotified === undefined || at - lastNotified.at >= repeatMs) return true
  return severityRank[severity] > severityRank[lastNotified.severity]
}

/** Record a notification, for `repeat`. */
function recordNotification({ repeatMs, severity }: Rule, state: RuleState, at: number): void {
  if (repeatMs > 0) state.lastNotified = { at, severity }
}
