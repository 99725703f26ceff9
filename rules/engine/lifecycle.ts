import { severityRank } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import type { Assessment } from '../detectors/detector.ts'
import type { Rule } from '../files/rule.ts'
import type { ActiveFinding, RuleState } from './engine.ts'

/** What became of a rule's finding. */
export interface FindingChange {
  state: 'raised' | 'updated' | 'cleared'
  episode: number
  /** Counts within its episode, 0 for `raised`. */
  update: number
  /** The owner was told of the same not long ago. */
  muted?: boolean
}

export interface LifecycleInput {
  assessment: Assessment
  /** Event time. */
  at: number
  /** It is long since the last one: what was between is open. */
  afterGap: boolean
  /** Another finding that is active on the device explains what is seen. */
  inhibited: boolean
}

const minCrossingShiftMs = 7 * dayMs
const minCrossingShiftRatio = 0.25

type RaiseInput = Required<Pick<ActiveFinding, 'raisedAt'>> & Pick<ActiveFinding, 'crossesAt'>

export interface LifecycleResult {
  state: RuleState
  change?: FindingChange
}

/** Carry a finding from raised to cleared; `for`, `hold`, `repeat`, `unless` and `latch` live here. Pure. */
export function advanceLifecycle(rule: Rule, state: RuleState, moment: LifecycleInput): LifecycleResult {
  const { active } = state
  return active ? advanceActive(rule, state, { ...moment, active }) : advanceIdle(rule, state, moment)
}

function advanceIdle(
  rule: Rule,
  state: RuleState,
  { assessment: verdict, at, afterGap, inhibited: explained }: LifecycleInput,
): LifecycleResult {
  if (verdict.is !== 'bad') return { state: withoutTimer('pendingSince', state) }
  const pendingSince = (afterGap ? undefined : state.pendingSince) ?? at
  if (at - pendingSince < rule.forMs || explained) return { state: withTimers(state, { pendingSince }) }
  return raiseFinding(rule, state, { raisedAt: at, ...crossingOf(verdict) })
}

/** Begin a finding. */
export function raiseFinding(
  rule: Rule,
  state: RuleState,
  { raisedAt: at, ...crossing }: RaiseInput,
): LifecycleResult {
  const episode = state.episode + 1
  const notifies = mayNotify(rule, state, at)
  const active: ActiveFinding = { raisedAt: at, severity: rule.severity, updateCount: 0, ...crossing }
  return {
    state: {
      ...withoutTimer('pendingSince', state),
      ...recordRaise(rule, state, at),
      ...(notifies && recordNotification(rule, at)),
      episode,
      active,
    },
    change: { state: 'raised', episode, update: 0, muted: !notifies },
  }
}

function advanceActive(
  rule: Rule,
  state: RuleState,
  moment: LifecycleInput & { active: ActiveFinding },
): LifecycleResult {
  const { assessment: verdict, at, afterGap, active } = moment
  const { episode } = state
  if (rule.latch || verdict.is !== 'good')
    return updateOngoing(rule, withoutTimer('clearingSince', state), moment)
  const clearingSince = (afterGap ? undefined : state.clearingSince) ?? at
  if (at - clearingSince < effectiveHoldMs(rule, state))
    return { state: withTimers(state, { clearingSince }) }
  const { active: _, ...cleared } = withoutTimer('clearingSince', state)
  return { state: cleared, change: { state: 'cleared', episode, update: active.updateCount } }
}

function updateOngoing(
  rule: Rule,
  state: RuleState,
  moment: LifecycleInput & { active: ActiveFinding },
): LifecycleResult {
  const { assessment: verdict, at, active } = moment
  if (verdict.is !== 'bad' || !isSignificantUpdate(rule, active, { at, ...crossingOf(verdict) }))
    return { state }
  if (!mayNotify(rule, state, at)) return { state }
  const updates = active.updateCount + 1
  const updated: ActiveFinding = {
    ...active,
    ...crossingOf(verdict),
    severity: rule.severity,
    updateCount: updates,
  }
  return {
    state: { ...state, ...recordNotification(rule, at), active: updated },
    change: { state: 'updated', episode: state.episode, update: updates },
  }
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

/** An owner is told again when it matters: another severity, or another date by a week and a quarter of the rest. */
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

function crossingOf(verdict: Assessment): { crossesAt?: number } {
  return verdict.is === 'bad' && verdict.crossesAt !== undefined ? { crossesAt: verdict.crossesAt } : {}
}

/** What is kept of a finding that is raised now, to know later whether it flaps. */
function recordRaise(
  { flap }: Rule,
  { recentRaises: raisedAt = [] }: RuleState,
  at: number,
): Partial<RuleState> {
  return flap === undefined ? {} : { recentRaises: [...raisedAt, at].slice(-flap.raises) }
}

/** How long it has to be good before the finding is cleared: longer for one that keeps coming back. */
function effectiveHoldMs({ holdMs, flap }: Rule, { recentRaises: raisedAt = [] }: RuleState): number {
  const first = flap && raisedAt.at(-flap.raises)
  const last = raisedAt.at(-1)
  if (flap === undefined || first === undefined || last === undefined) return holdMs
  return last - first <= flap.withinMs ? Math.max(holdMs, flap.holdMs) : holdMs
}

/** Whether the owner may be told now: not of the same again within `repeat`, but always of something graver. */
function mayNotify({ repeatMs, severity }: Rule, { lastNotified: told }: RuleState, at: number): boolean {
  if (told === undefined || at - told.at >= repeatMs) return true
  return severityRank[severity] > severityRank[told.severity]
}

/** What is kept of what the owner is told now. */
function recordNotification({ repeatMs, severity }: Rule, at: number): Partial<RuleState> {
  return repeatMs === 0 ? {} : { lastNotified: { at, severity } }
}
