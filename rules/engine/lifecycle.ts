import { severityRank } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import type { Verdict } from '../detectors/detector.ts'
import type { Rule } from '../files/rule.ts'
import type { ActiveFinding, RuleState } from './engine.ts'

/** What became of a rule's finding. */
export interface Change {
  state: 'raised' | 'updated' | 'cleared'
  episode: number
  /** Counts within its episode, 0 for `raised`. */
  update: number
  /** The owner was told of the same not long ago. */
  quiet?: boolean
}

export interface Moment {
  verdict: Verdict
  /** Event time. */
  at: number
  /** It is long since the last one: what was between is open. */
  afterGap: boolean
  /** Another finding that is active on the device explains what is seen. */
  explained: boolean
}

const leastMoveMs = 7 * dayMs
const leastMoveShare = 0.25

type RaisedMoment = Required<Pick<ActiveFinding, 'at'>> & Pick<ActiveFinding, 'crossesAt'>

export interface Judgement {
  state: RuleState
  change?: Change
}

/** Carries a finding from raised to cleared; `for`, `hold`, `repeat`, `unless` and `latch` live here. Pure. */
export function judge(rule: Rule, state: RuleState, moment: Moment): Judgement {
  const { active } = state
  return active ? judgeActive(rule, state, { ...moment, active }) : judgeIdle(rule, state, moment)
}

function judgeIdle(rule: Rule, state: RuleState, { verdict, at, afterGap, explained }: Moment): Judgement {
  if (verdict.is !== 'bad') return { state: without('badSince', state) }
  const badSince = (afterGap ? undefined : state.badSince) ?? at
  if (at - badSince < rule.forMs || explained) return { state: withSince(state, { badSince }) }
  return raise(rule, state, { at, ...crossingOf(verdict) })
}

/** Begins a finding. */
export function raise(rule: Rule, state: RuleState, { at, ...crossing }: RaisedMoment): Judgement {
  const episode = state.episode + 1
  const tells = mayTell(rule, state, at)
  const active: ActiveFinding = { at, severity: rule.severity, updates: 0, ...crossing }
  return {
    state: {
      ...without('badSince', state),
      ...raiseNoted(rule, state, at),
      ...(tells && tellNoted(rule, at)),
      episode,
      active,
    },
    change: { state: 'raised', episode, update: 0, quiet: !tells },
  }
}

function judgeActive(rule: Rule, state: RuleState, moment: Moment & { active: ActiveFinding }): Judgement {
  const { verdict, at, afterGap, active } = moment
  const { episode } = state
  if (rule.latch || verdict.is !== 'good') return judgeOngoing(rule, without('goodSince', state), moment)
  const goodSince = (afterGap ? undefined : state.goodSince) ?? at
  if (at - goodSince < holdMsOf(rule, state)) return { state: withSince(state, { goodSince }) }
  const { active: _, ...cleared } = without('goodSince', state)
  return { state: cleared, change: { state: 'cleared', episode, update: active.updates } }
}

function judgeOngoing(rule: Rule, state: RuleState, moment: Moment & { active: ActiveFinding }): Judgement {
  const { verdict, at, active } = moment
  if (verdict.is !== 'bad' || !isNews(rule, active, { at, ...crossingOf(verdict) })) return { state }
  if (!mayTell(rule, state, at)) return { state }
  const updates = active.updates + 1
  const updated: ActiveFinding = { ...active, ...crossingOf(verdict), severity: rule.severity, updates }
  return {
    state: { ...state, ...tellNoted(rule, at), active: updated },
    change: { state: 'updated', episode: state.episode, update: updates },
  }
}

/** The same object where nothing changes, so that a tick without news writes nothing. */
function withSince(state: RuleState, since: Pick<RuleState, 'badSince' | 'goodSince'>): RuleState {
  const { badSince = state.badSince, goodSince = state.goodSince } = since
  return badSince === state.badSince && goodSince === state.goodSince ? state : { ...state, ...since }
}

export function without(key: 'badSince' | 'goodSince', state: RuleState): RuleState {
  if (state[key] === undefined) return state
  const { [key]: _, ...rest } = state
  return rest
}

/** An owner is told again when it matters: another severity, or another date by a week and a quarter of the rest. */
function isNews(rule: Rule, active: ActiveFinding, now: { at: number; crossesAt?: number }): boolean {
  if (rule.severity !== active.severity) return true
  if (active.crossesAt === undefined || now.crossesAt === undefined) return false
  const remains = Math.max(0, active.crossesAt - now.at)
  const moved = Math.abs(Math.max(now.at, now.crossesAt) - Math.max(now.at, active.crossesAt))
  return moved > Math.max(leastMoveMs, leastMoveShare * remains)
}

function crossingOf(verdict: Verdict): { crossesAt?: number } {
  return verdict.is === 'bad' && verdict.crossesAt !== undefined ? { crossesAt: verdict.crossesAt } : {}
}

/** What is kept of a finding that is raised now, to know later whether it flaps. */
function raiseNoted({ flap }: Rule, { raisedAt = [] }: RuleState, at: number): Partial<RuleState> {
  return flap === undefined ? {} : { raisedAt: [...raisedAt, at].slice(-flap.raises) }
}

/** How long it has to be good before the finding is cleared: longer for one that keeps coming back. */
function holdMsOf({ holdMs, flap }: Rule, { raisedAt = [] }: RuleState): number {
  const first = flap && raisedAt.at(-flap.raises)
  const last = raisedAt.at(-1)
  if (flap === undefined || first === undefined || last === undefined) return holdMs
  return last - first <= flap.withinMs ? Math.max(holdMs, flap.holdMs) : holdMs
}

/** Whether the owner may be told now: not of the same again within `repeat`, but always of something graver. */
function mayTell({ repeatMs, severity }: Rule, { told }: RuleState, at: number): boolean {
  if (told === undefined || at - told.at >= repeatMs) return true
  return severityRank[severity] > severityRank[told.severity]
}

/** What is kept of what the owner is told now. */
function tellNoted({ repeatMs, severity }: Rule, at: number): Partial<RuleState> {
  return repeatMs === 0 ? {} : { told: { at, severity } }
}
