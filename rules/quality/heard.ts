import { secondMs } from '../../lib/time.ts'
import type { DeviceState } from '../engine/engine.ts'

const maxIntervals = 6
/** With fewer, the usual interval is not known. */
const minIntervals = 3

/** Record the receipt of a message. @param at receipt time, ms */
export function recordHeard(state: DeviceState, at: number): void {
  const { lastSeenAt = at } = state
  const intervalMs = at - lastSeenAt
  state.lastSeenAt = Math.max(at, lastSeenAt)
  // Messages of one connection arrive together: its announcement and the readings of an upload.
  if (intervalMs < secondMs) return
  state.heardIntervalsMs ??= []
  state.heardIntervalsMs.push(intervalMs)
  if (state.heardIntervalsMs.length > maxIntervals) state.heardIntervalsMs.shift()
}

/** Return the interval in which a device usually reports, ms: the longest of the last ones, except for one outage. */
export function usualIntervalMs(heardIntervalsMs: readonly number[] = []): number | undefined {
  if (heardIntervalsMs.length < minIntervals) return undefined
  return heardIntervalsMs.toSorted((a, b) => b - a)[1]
}
