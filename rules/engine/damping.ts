import { severityRank } from '../../contract/finding.ts'
import type { Rule } from '../files/rule.ts'
import type { RuleState } from './engine.ts'

/** What is kept of a finding that is raised now, to know later whether it flaps. */
export function raiseNoted({ flap }: Rule, { raisedAt = [] }: RuleState, at: number): Partial<RuleState> {
  return flap === undefined ? {} : { raisedAt: [...raisedAt, at].slice(-flap.raises) }
}

/** How long it has to be good before the finding is cleared: longer for one that keeps coming back. */
export function holdMsOf({ holdMs, flap }: Rule, { raisedAt = [] }: RuleState): number {
  const first = flap && raisedAt.at(-flap.raises)
  const last = raisedAt.at(-1)
  if (flap === undefined || first === undefined || last === undefined) return holdMs
  return last - first <= flap.withinMs ? Math.max(holdMs, flap.holdMs) : holdMs
}

/** Whether the owner may be told now: not of the same again within `repeat`, but always of something graver. */
export function mayTell({ repeatMs, severity }: Rule, { told }: RuleState, at: number): boolean {
  if (told === undefined || at - told.at >= repeatMs) return true
  return severityRank[severity] > severityRank[told.severity]
}

/** What is kept of what the owner is told now. */
export function tellNoted({ repeatMs, severity }: Rule, at: number): Partial<RuleState> {
  return repeatMs === 0 ? {} : { told: { at, severity } }
}
