import type { Rule } from '../files/rule.ts'
import type { RuleState } from './engine.ts'
import { type Judgement, raise, without } from './lifecycle.ts'

/**
 * The state of a rule that goes on where the trial of the same version stood. What people were told is what the version
 * before told them, so that it is made good here: raised is what only the trial had raised, cleared what only the
 * version before had, unless the trial is waiting to raise it too.
 */
export function takenOver(
  rule: Rule,
  { before, trial, at }: { before: RuleState | undefined; trial: RuleState; at: number },
): Judgement {
  const { episode = 0, raisedAt, told, active } = before ?? {}
  const { active: found, raisedAt: _raised, told: _told, ...learnt } = trial
  const state: RuleState = {
    ...learnt,
    episode,
    ...(raisedAt === undefined ? {} : { raisedAt }),
    ...(told === undefined ? {} : { told }),
  }
  if (found !== undefined && active === undefined) {
    const { crossesAt } = found
    return raise(rule, state, { at, ...(crossesAt === undefined ? {} : { crossesAt }) })
  }
  if (active === undefined) return { state }
  if (found !== undefined || trial.badSince !== undefined) {
    return { state: { ...without('badSince', state), active } }
  }
  return { state, change: { state: 'cleared', episode, update: active.updates } }
}
