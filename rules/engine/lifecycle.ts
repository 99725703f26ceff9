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
  /** An active finding of the device inhibits this rule (`unless`). */
  inhibited: boolean
}

const minCrossingShiftMs = 7 * dayMs
const minCrossingShiftRatio = 0.25

type RaiseInput = Required<Pick<ActiveFinding, 'raisedAt'>> & Pick<ActiveFinding, 'crossesAt' | 'occurrence'>

export interface LifecycleResult {
  state: RuleState
  change?: FindingChange
}

/** Advance a rule's finding by one assessment; applies `for`, `hold`, `repeat`, `unless` and `latch`. Pure. */
export function advanceLifecycle(rule: Rule, state: RuleState, input: LifecycleInput): LifecycleResult {
  const { active } = state
  return active ? advanceActive(rule, state, { ...input, active }) : advanceIdle(rule, state, input)
}

function advanceIdle(
  rule: Rule,
  state: RuleState,
  { assessment, at, inhibited }: LifecycleInput,
): LifecycleResult {
  if (assessment.is !== 'bad') return { state: withoutTimer('pendingSince', state) }
  const pendingSince = withoutGap(state, state.pendingSince ?? assessment.since ?? at)
  if (at - pendingSince < rule.forMs || inhibited) return { state: withTimers(state, { pendingSince }) }
  return raiseFinding(rule, state, { raisedAt: at, ...crossingOf(assessment), ...occurrenceOf(assessment) })
}

/** Raise a finding: start an episode at `raisedAt`, whether or not `for` has elapsed. */
export function raiseFinding(
  rule: Rule,
  state: RuleState,
  { raisedAt, crossesAt, occurrence }: RaiseInput,
): LifecycleResult {
  const episode = state.episode + 1
  const notifies = mayNotify(rule, state, raisedAt)
  const active: ActiveFinding = {
    raisedAt,
    severity: rule.severity,
    updateCount: 0,
    ...(crossesAt !== undefined && { crossesAt }),
    ...(occurrence !== undefined && { occurrence }),
  }
  return {
    state: {
      ...withoutTimer('pendingSince', state),
      ...recordRaise(rule, state, raisedAt),
      ...(notifies && recordNotification(rule, raisedAt)),
      episode,
      active,
    },
    change: { state: 'raised', episode, update: 0, muted: !notifies },
  }
}

function advanceActive(
  rule: Rule,
  state: RuleState,
  input: LifecycleInput & { active: ActiveFinding },
): LifecycleResult {
  const { assessment, at, active } = input
  if (isNextOccurrence(active, assessment)) {
    // Pending, so that the next evaluation raises the finding of the new occurrence.
    const { state: cleared, change } = clearActive(state, active)
    return { state: { ...cleared, pendingSince: at }, ...(change && { change }) }
  }
  if (rule.latch || assessment.is !== 'good')
    return updateOngoing(rule, withoutTimer('clearingSince', state), input)
  const clearingSince = withoutGap(state, state.clearingSince ?? at)
  if (at - clearingSince < effectiveHoldMs(rule, state))
    return { state: withTimers(state, { clearingSince }) }
  return clearActive(state, active)
}

function clearActive(state: RuleState, { updateCount }: ActiveFinding): LifecycleResult {
  const { active: _, ...cleared } = withoutTimer('clearingSince', state)
  return { state: cleared, change: { state: 'cleared', episode: state.episode, update: updateCount } }
}

function isNextOccurrence({ occurrence }: ActiveFinding, assessment: Assessment): boolean {
  if (assessment.is !== 'bad' || occurrence === undefined) return false
  return assessment.occurrence !== undefined && assessment.occurrence > occurrence
}

function occurrenceOf(assessment: Assessment): Pick<ActiveFinding, 'occurrence'> {
  return assessment.is === 'bad' && assessment.occurrence !== undefined
    ? { occurrence: assessment.occurrence }
    : {}
}

function updateOngoing(
  rule: Rule,
  state: RuleState,
  input: LifecycleInput & { active: ActiveFinding },
): LifecycleResult {
  const { assessment, at, active } = input
  if (assessment.is !== 'bad' || !isSignificantUpdate(rule, active, { at, ...crossingOf(assessment) }))
    return { state }
  if (!mayNotify(rule, state, at)) return { state }
  const updates = active.updateCount + 1
  const updated: ActiveFinding = {
    ...active,
    ...crossingOf(assessment),
    severity: rule.severity,
    updateCount: updates,
  }
  return {
    state: { ...state, ...recordNotification(rule, at), active: updated },
    change: { state: 'updated', episode: state.episode, update: updates },
  }
}

/** Return the start of a period without the time before the last gap: what was in it is unknown. */
function withoutGap({ continuousSince }: RuleState, since: number): number {
  return Math.max(continuousSince ?? since, since)
}

/** The same object where nothing changes, so that a tick without news writes nothing. */
function withTimers(state: RuleState, since: Pick<RuleState, 'pendingSince' | 'clearingSince'>): RuleState {
  const { pendingSince = state.pendingSince, clearingSince = state.clearingSince } = since
  return pendingSince === state.pendingSince && clearingSince === state.clearingSince
    ? state
    : { ...state, ...since }
}

export function withoutTimer(key: 'pendingSince' | 'clearingSince', state: RuleState): RuleState {
  if (state[key] === undefined) return state
  const { [key]: _, ...rest } = state
  return rest
}

/** Return whether the severity changed, or the predicted date moved by over a week and a quarter of the remaining time. */
function isSignificantUpdate(
  rule: Rule,
  active: ActiveFinding,
  now: { at: number; crossesAt?: number },
): boolean {
  if (rule.severity !== active.severity) return true
  if (active.crossesAt === undefined || now.crossesAt === undefined) return false
  const remainingMs = Math.max(0, active.crossesAt - now.at)
  const shiftMs = Math.abs(Math.max(now.at, now.crossesAt) - Math.max(now.at, active.crossesAt))
  return shiftMs > Math.max(minCrossingShiftMs, minCrossingShiftRatio * remainingMs)
}

function crossingOf(assessment: Assessment): { crossesAt?: number } {
  return assessment.is === 'bad' && assessment.crossesAt !== undefined
    ? { crossesAt: assessment.crossesAt }
    : {}
}

/** Return the part of the state that records a raise, for a `hold` of findings that return. */
function recordRaise({ hold }: Rule, { recentRaises = [] }: RuleState, at: number): Partial<RuleState> {
  const isCounted = hold !== undefined && hold.raises > 1
  return isCounted ? { recentRaises: [...recentRaises, at].slice(-hold.raises) } : {}
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

/** Return the part of the state that records a notification, for `repeat`. */
function recordNotification({ repeatMs, severity }: Rule, at: number): Partial<RuleState> {
  return repeatMs === 0 ? {} : { lastNotified: { at, severity } }
}
