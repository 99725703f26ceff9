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
  { at, expectedIntervalMs }: { at: number; expectedIntervalMs: number },
): RuleState {
  const { evaluatedAt } = state
  const isTimed = rule.forMs > 0 || rule.hold !== undefined
  if (evaluatedAt === undefined) return { ...state, evaluatedAt: at, ...(isTimed && { continuousSince: at }) }
  if (at <= evaluatedAt) return state
  if (!isTimed) return { ...state, evaluatedAt: at }
  const intervalMs = at - evaluatedAt
  const intervalsMs = [...(state.intervalsMs ?? []), intervalMs].slice(-recentIntervals)
  const usualMs = intervalsMs.length < leastIntervals ? 0 : lowerMedian(intervalsMs)
  const isGap = intervalMs > gapIntervals * Math.max(expectedIntervalMs, usualMs)
  return { ...state, evaluatedAt: at, intervalsMs, ...(isGap && { continuousSince: at }) }
}

function lowerMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1] ?? 0
}
