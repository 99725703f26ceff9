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

/** Set the times of a device that lie ahead of a tick to it. @returns whether there were any */
export function limitTimesAhead(state: DeviceState, now: number): boolean {
  let isChanged = false
  for (const key of ['lastSeenAt', 'expectedSince', 'newestReadingAt'] as const) {
    if (!isAheadOfClock(state[key] ?? now, now)) continue
    state[key] = now
    isChanged = true
  }
  return isChanged
}

/** Set the times of a time-driven rule that lie ahead of a tick to it. @returns whether there were any */
export function limitRuleTimesAhead(state: RuleState, now: number): boolean {
  let isChanged = false
  for (const key of ['pendingSince', 'clearingSince', 'explainedAt'] as const) {
    if (!isAheadOfClock(state[key] ?? now, now)) continue
    state[key] = now
    isChanged = true
  }
  const { lastNotified, recentRaises } = state
  if (lastNotified !== undefined && isAheadOfClock(lastNotified.at, now)) {
    state.lastNotified = { ...lastNotified, at: now }
    isChanged = true
  }
  if (recentRaises?.some((at) => isAheadOfClock(at, now))) {
    state.recentRaises = recentRaises.map((at) => Math.min(at, now))
    isChanged = true
  }
  return isChanged
}
