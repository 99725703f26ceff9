import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'

interface Count {
  boot: number
  seq: number
}

/** What is remembered of a device's clock. */
export interface ClockState {
  /** Event time and count of the newest reading. */
  ts: number
  count: Count
  /** Counts of the first and the last reading of the last spell without a date. */
  lost?: { from: Count; to: Count }
}

export type Timed =
  /** `clock` is the same object when the reading is not the newest. */
  | { is: 'in_time'; clock: ClockState | undefined }
  /** It was taken after the newest one and says that it was days before. */
  | { is: 'lost'; clock: ClockState; behindMs: number; isNew: boolean }

/** Clocks are set right by minutes and hours; who is days behind has lost the date. */
const toleranceMs = dayMs

/**
 * Whether a device has lost the date: its boot and sequence numbers go on, and its clock is back where it was made.
 * Of devices that do not count, nothing can be told.
 */
export function timed(clock: ClockState | undefined, { ts, boot, seq, hist }: Reading): Timed {
  if (boot === undefined || seq === undefined) return { is: 'in_time', clock }
  const count = { boot, seq }
  if (clock === undefined) return { is: 'in_time', clock: { ts, count } }
  const behindMs = clock.ts - ts
  if (behindMs > toleranceMs && !hist) {
    if (wasLost(clock, count)) return { is: 'lost', clock, behindMs, isNew: false }
    if (isAfter(count, clock.count)) return { is: 'lost', clock: losing(clock, count), behindMs, isNew: true }
  }
  return { is: 'in_time', clock: behindMs < 0 ? { ...clock, ts, count } : clock }
}

/** Told again, perhaps after the device has found the date. */
function wasLost({ lost }: ClockState, count: Count): boolean {
  return lost !== undefined && !isAfter(lost.from, count) && !isAfter(count, lost.to)
}

function losing(clock: ClockState, count: Count): ClockState {
  const { lost } = clock
  const isNewSpell = lost === undefined || isAfter(clock.count, lost.to)
  return { ...clock, lost: { from: isNewSpell ? count : lost.from, to: count } }
}

function isAfter(one: Count, other: Count): boolean {
  return one.boot > other.boot || (one.boot === other.boot && one.seq > other.seq)
}
