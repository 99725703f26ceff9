import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'

interface SequenceNumber {
  boot: number
  seq: number
}

/** What is remembered of a device's clock. */
export interface DeviceClockState {
  /** Event time and count of the newest reading. */
  newestTs: number
  newestCount: SequenceNumber
  /** Counts of the first and the last reading of the last spell without a date. */
  lostSpell?: { from: SequenceNumber; to: SequenceNumber }
}

export type ClockCheck =
  /** `clock` is the same object when the reading is not the newest. */
  | { is: 'in_time'; clock: DeviceClockState | undefined }
  /** It was taken after the newest one and says that it was days before. */
  | { is: 'lost'; clock: DeviceClockState; behindMs: number; isNew: boolean }

/** Clocks are set right by minutes and hours; who is days behind has lost the date. */
const toleranceMs = dayMs

/**
 * Whether a device has lost the date: its boot and sequence numbers go on, and its clock is back where it was made.
 * Of devices that do not count, nothing can be told.
 */
export function checkDeviceClock(
  clock: DeviceClockState | undefined,
  { ts, boot, seq, hist }: Reading,
): ClockCheck {
  if (boot === undefined || seq === undefined) return { is: 'in_time', clock }
  const count = { boot, seq }
  if (clock === undefined) return { is: 'in_time', clock: { newestTs: ts, newestCount: count } }
  const behindMs = clock.newestTs - ts
  if (behindMs > toleranceMs && !hist) {
    if (isInLostSpell(clock, count)) return { is: 'lost', clock, behindMs, isNew: false }
    if (isAfter(count, clock.newestCount))
      return { is: 'lost', clock: extendLostSpell(clock, count), behindMs, isNew: true }
  }
  return { is: 'in_time', clock: behindMs < 0 ? { ...clock, newestTs: ts, newestCount: count } : clock }
}

/** Told again, perhaps after the device has found the date. */
function isInLostSpell({ lostSpell: lost }: DeviceClockState, count: SequenceNumber): boolean {
  return lost !== undefined && !isAfter(lost.from, count) && !isAfter(count, lost.to)
}

function extendLostSpell(clock: DeviceClockState, count: SequenceNumber): DeviceClockState {
  const { lostSpell: lost } = clock
  const isNewSpell = lost === undefined || isAfter(clock.newestCount, lost.to)
  return { ...clock, lostSpell: { from: isNewSpell ? count : lost.from, to: count } }
}

function isAfter(one: SequenceNumber, other: SequenceNumber): boolean {
  return one.boot > other.boot || (one.boot === other.boot && one.seq > other.seq)
}
