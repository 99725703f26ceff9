import type { Verdict } from '../detectors/detector.ts'
import type { ActiveFinding, RuleState } from '../engine.ts'
import type { Rule } from '../rule.ts'

/** What became of a rule's finding. `update` counts within its episode, 0 for `raised`. */
export type Change = { state: 'raised' | 'updated' | 'cleared'; episode: number; update: number }

export interface Moment {
  verdict: Verdict
  /** Event time. */
  at: number
  /** It is long since the last one: what was between is open. */
  afterGap: boolean
}

const day = 86_400_000
const leastMoveMs = 7 * day
const leastMoveShare = 0.25

interface Judgement {
  state: RuleState
  change?: Change
}

/** Carries a finding from raised to cleared; `for`, hysteresis and latch live here. Pure. */
export function judge(rule: Rule, state: RuleState, moment: Moment): Judgement {
  const { active } = state
  return active ? judgeActive(rule, state, { ...moment, active }) : judgeIdle(rule, state, moment)
}

function judgeIdle(rule: Rule, state: RuleState, moment: Moment): Judgement {
  const { verdict, at, afterGap } = moment
  if (verdict.is !== 'bad') return { state: state.badSince === undefined ? state : notPending(state) }
  const badSince = (afterGap ? undefined : state.badSince) ?? at
  if (at - badSince < rule.forMs) return { state: { ...state, badSince } }
  const episode = state.episode + 1
  const active: ActiveFinding = { severity: rule.severity, updates: 0, ...crossingOf(verdict) }
  return {
    state: { ...notPending(state), episode, active },
    change: { state: 'raised', episode, update: 0 },
  }
}

function notPending({ badSince: _, ...state }: RuleState): RuleState {
  return state
}

function judgeActive(rule: Rule, state: RuleState, moment: Moment & { active: ActiveFinding }): Judgement {
  const { verdict, at, active } = moment
  const { episode } = state
  if (verdict.is === 'good' && !rule.latch) {
    const { active: _, ...cleared } = state
    return { state: cleared, change: { state: 'cleared', episode, update: active.updates } }
  }
  if (verdict.is !== 'bad' || !isNews(rule, active, { at, ...crossingOf(verdict) })) return { state }
  const update = active.updates + 1
  const updated: ActiveFinding = {
    ...active,
    ...crossingOf(verdict),
    severity: rule.severity,
    updates: update,
  }
  return { state: { ...state, active: updated }, change: { state: 'updated', episode, update } }
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
