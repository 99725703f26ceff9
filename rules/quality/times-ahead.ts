import { hourMs } from '../../lib/time.ts'
import type { DeviceState, RuleState } from '../engine/engine.ts'

/** More than a device's clock may be ahead when a reading is accepted, and more than the clocks of a cluster differ. */
const toleranceMs = hourMs

/**
 * Tell whether a stored time lies ahead of the server's clock. It was then stored while that clock was ahead, and would
 * hold back what waits for it until it is reached again.
 * @param at ms since 1970 UTC, as is `now`
 */
export function isAheadOfClock(at: number, now: number): boolean {
  return at > now + toleranceMs
}

/** Return the state of a device with times that lie ahead of a tick set to it; the same object where there is none. */
export function withoutTimesAhead(state: DeviceState, now: number): DeviceState {
  return clamp(state, ['lastSeenAt', 'expectedSince', 'newestReadingAt'], now)
}

/** Return the state of a time-driven rule with times that lie ahead of a tick set to it; the same object where there is none. */
export function withoutRuleTimesAhead(state: RuleState, now: number): RuleState {
  const timers = clamp(state, ['pendingSince', 'clearingSince'], now)
  const { lastNotified, recentRaises } = timers
  const isNotifiedAhead = lastNotified !== undefined && isAheadOfClock(lastNotified.at, now)
  const isRaisedAhead = recentRaises?.some((at) => isAheadOfClock(at, now)) === true
  if (!isNotifiedAhead && !isRaisedAhead) return timers
  return {
    ...timers,
    ...(isNotifiedAhead && { lastNotified: { ...lastNotified, at: now } }),
    ...(isRaisedAhead && { recentRaises: recentRaises.map((at) => Math.min(at, now)) }),
  }
}

function clamp<K extends string, S extends { readonly [key in K]?: number }>(
  state: S,
  keys: readonly K[],
  now: number,
): S {
  const ahead = keys.filter((key) => isAheadOfClock(state[key] ?? now, now))
  return ahead.length === 0 ? state : { ...state, ...Object.fromEntries(ahead.map((key) => [key, now])) }
}
