import type { Reading } from '../../store/journal/entry.ts'

interface Count {
  boot: number
  seq: number
}

/** What is remembered of a device's clock. */
export interface ClockState {
  /** Event time and count of the newest reading. */
  ts: number
  count: Count
  /** Count of the last reading that was not believed. */
  lost?: Count
}

export type Timed =
  /** `clock` is the same object when the reading is not the newest. */
  | { is: 'in_time'; clock: ClockState | undefined }
  /** It was taken after the newest one and says that it was days before. */
  | { is: 'lost'; clock: ClockState; behindMs: number; isNew: boolean }

/** Clocks are set right by minutes and hours; who is days behind has lost the date. */
const toleranceMs = 86_400_000

/**
 * Whether a device has lost the date: its boot and sequence numbers go on, and its clock is back where it was made.
 * Of devices that do not count, nothing can be told.
 */
export function timed(clock: ClockState | undefined, { ts, boot, seq, hist }: Reading): Timed {
  if (boot === undefined || seq === undefined) return { is: 'in_time', clock }
  const count = { boot, seq }
  if (clock === undefined) return { is: 'in_time', clock: { ts, count } }
  const behindMs = clock.ts - ts
  if (behindMs > toleranceMs && isAfter(count, clock.count) && !hist) {
    const isNew = clock.lost === undefined || isAfter(count, clock.lost)
    return { is: 'lost', clock: isNew ? { ...clock, lost: count } : clock, behindMs, isNew }
  }
  return { is: 'in_time', clock: behindMs < 0 ? { ts, count } : clock }
}

function isAfter(one: Count, other: Count): boolean {
  return one.boot > other.boot || (one.boot === other.boot && one.seq > other.seq)
}
