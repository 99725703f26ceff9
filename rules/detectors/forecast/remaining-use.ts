import type { CrossingForecast, Evidence } from '../../../contract/finding.ts'
import {
  addCounterReading,
  confirmedReading,
  emptyUsageCounter,
  type UsageCounter,
} from '../usage/counter.ts'

/** How fast a part is used, by a counter of the device: in place, of bounded size. */
export interface UseRateState {
  counter: UsageCounter
  /** Time and use, one after the other, one for each share of the window: oldest first. */
  marks: number[]
}

const marksPerWindow = 8
/** Use over less than this share of the window says little about the rate. */
const minObservedShare = 1 / 12

export const createUseRateState = (): UseRateState => ({ counter: emptyUsageCounter, marks: [] })

/** Add a reading of the counter. */
export function addUse(state: UseRateState, ts: number, value: number, windowMs: number): void {
  state.counter = addCounterReading(state.counter, [ts, value], 0)
  const newest = confirmedReading(state.counter)
  if (newest === undefined) return
  const { marks } = state
  const last = marks.at(-2) ?? Number.NEGATIVE_INFINITY
  if (newest.ts - last < windowMs / marksPerWindow) return
  marks.push(newest.ts, newest.used)
  while (marks.length > 2 && newest.ts - (marks[0] ?? 0) > windowMs) marks.splice(0, 2)
}

/** Return the use per ms over the window; undefined before a twelfth of it was observed. */
function usePerMs({ counter, marks }: UseRateState, windowMs: number): number | undefined {
  const newest = confirmedReading(counter)
  const [since, usedThen] = marks
  if (newest === undefined || since === undefined || usedThen === undefined) return undefined
  const spanMs = newest.ts - since
  return spanMs < minObservedShare * windowMs ? undefined : (newest.used - usedThen) / spanMs
}

/**
 * Return the remaining life in use: the time to the crossing, at the rate of use over the window.
 */
export function remainingUseOf(
  state: UseRateState,
  crossing: CrossingForecast,
  { metric, unit, windowMs }: { metric: string; unit: string; windowMs: number },
): Evidence['remainingUse'] {
  const rate = usePerMs(state, windowMs)
  const now = confirmedReading(state.counter)?.ts
  if (rate === undefined || now === undefined) return undefined
  const until = (at: number) => Math.max(0, rate * (at - now))
  return { metric, unit, p10: until(crossing.p10), p50: until(crossing.p50), p90: until(crossing.p90) }
}
