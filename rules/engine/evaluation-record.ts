import type { Rule } from '../files/rule.ts'
import type { RuleState } from './engine.ts'

/** Readings further apart than this many intervals are a gap: a device may miss two readings. */
const gapIntervals = 3
/** Most and fewest intervals from which the usual one is taken: a single long one may be a gap. */
const [recentIntervals, leastIntervals] = [3, 2]

/**
 * Record that a rule evaluated a reading. For rules with `for` or `hold` it also tells since when readings came without a
 * gap: an interval longer than three times the kind's, or three times the usual one of a device that reports more rarely.
 * What was in a gap is unknown, so it counts as neither bad nor good.
 * @param at event time of the reading, ms
 */
export function recordEvaluation(
  rule: Pick<Rule, 'forMs' | 'hold'>,
  state: RuleState,
  at: number,
  expectedIntervalMs: number,
): void {
  const { evaluatedAt } = state
  const isTimed = rule.forMs > 0 || rule.hold !== undefined
  if (evaluatedAt !== undefined && at <= evaluatedAt) return
  state.evaluatedAt = at
  if (!isTimed) return
  if (evaluatedAt === undefined) {
    state.continuousSince = at
    return
  }
  const intervalMs = at - evaluatedAt
  state.intervalsMs ??= []
  const { intervalsMs } = state
  intervalsMs.push(intervalMs)
  if (intervalsMs.length > recentIntervals) intervalsMs.shift()
  const usualMs = intervalsMs.length < leastIntervals ? 0 : lowerMedian(intervalsMs)
  const isGap = intervalMs > gapIntervals * Math.max(expectedIntervalMs, usualMs)
  if (isGap) state.continuousSince = at
}

/** Of two or three. */
function lowerMedian([a = 0, b = 0, c]: readonly number[]): number {
  return c === undefined ? Math.min(a, b) : Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
