import { secondMs } from '../../lib/time.ts'
import type { DeviceState } from '../engine/engine.ts'

const maxIntervals = 6
/** With fewer, the usual interval is not known. */
const minIntervals = 3

/** Record the receipt of a message: return the fields of the state that it changes. @param at receipt time, ms */
export function recordHeard(
  { lastSeenAt, heardIntervalsMs = [] }: DeviceState,
  at: number,
): Pick<DeviceState, 'lastSeenAt' | 'heardIntervalsMs'> {
  const intervalMs = at - (lastSeenAt ?? at)
  // Messages of one connection arrive together: its announcement and the readings of an upload.
  const intervals =
    intervalMs < secondMs ? heardIntervalsMs : [...heardIntervalsMs, intervalMs].slice(-maxIntervals)
  return {
    lastSeenAt: Math.max(at, lastSeenAt ?? at),
    ...(intervals.length > 0 ? { heardIntervalsMs: intervals } : {}),
  }
}

/** Return the interval in which a device usually reports, ms: the longest of the last ones, except for one outage. */
export function usualIntervalMs(heardIntervalsMs: readonly number[] = []): number | undefined {
  if (heardIntervalsMs.length < minIntervals) return undefined
  return heardIntervalsMs.toSorted((a, b) => b - a)[1]
}
