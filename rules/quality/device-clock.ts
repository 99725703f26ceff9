import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'

/** Position of a reading in the order of the device: boots, then readings since boot. */
interface SequenceNumber {
  boot: number
  seq: number
}

/** State of the check of a device's clock; changed in place. */
export interface DeviceClockState {
  /** Event time (ms) and sequence number of the newest reading. */
  newestTs: number
  newestCount: SequenceNumber
  /** First and last sequence number of the last period in which the clock had lost the date. */
  lostSpell?: { from: SequenceNumber; to: SequenceNumber }
}

export type ClockCheck =
  | { is: 'ok'; clock: DeviceClockState | undefined; isNewest: boolean }
  /** By sequence number the reading is newer than the newest one; by event time it is days older. */
  | { is: 'lost'; clock: DeviceClockState; behindMs: number; isFirstReport: boolean }

/** Corrections of a clock are minutes or hours; one that is further behind has lost the date. */
const toleranceMs = dayMs

/**
 * Check whether a device's clock has lost the date: boot and sequence numbers go on, but the clock restarted at its
 * default. Readings without these numbers always pass.
 */
export function checkDeviceClock(
  clock: DeviceClockState | undefined,
  { ts, tsFrom, boot, seq, hist }: Reading,
): ClockCheck {
  // A time of receipt says nothing of the device's clock.
  if (boot === undefined || seq === undefined || tsFrom !== undefined)
    return { is: 'ok', clock, isNewest: false }
  const count = { boot, seq }
  if (clock === undefined) return { is: 'ok', clock: { newestTs: ts, newestCount: count }, isNewest: true }
  const behindMs = clock.newestTs - ts
  if (behindMs > toleranceMs && !hist) {
    if (isInLostSpell(clock, count)) return { is: 'lost', clock, behindMs, isFirstReport: false }
    if (isAfter(count, clock.newestCount))
      return { is: 'lost', clock: extendLostSpell(clock, count), behindMs, isFirstReport: true }
  }
  if (behindMs < 0) {
    clock.newestTs = ts
    clock.newestCount = count
  }
  return { is: 'ok', clock, isNewest: behindMs < 0 }
}

/** Return whether the sequence number of a reading is not newer than the newest one. */
export function isRepeated(
  clock: DeviceClockState | undefined,
  { boot, seq }: Pick<Reading, 'boot' | 'seq'>,
): boolean {
  if (clock === undefined || boot === undefined || seq === undefined) return false
  return !isAfter({ boot, seq }, clock.newestCount)
}

/** Return whether this is a duplicate of a reading in that period, possibly received after the clock was set again. */
function isInLostSpell({ lostSpell }: DeviceClockState, count: SequenceNumber): boolean {
  return lostSpell !== undefined && !isAfter(lostSpell.from, count) && !isAfter(count, lostSpell.to)
}

function extendLostSpell(clock: DeviceClockState, count: SequenceNumber): DeviceClockState {
  const { lostSpell } = clock
  const isNewSpell = lostSpell === undefined || isAfter(clock.newestCount, lostSpell.to)
  return { ...clock, lostSpell: { from: isNewSpell ? count : lostSpell.from, to: count } }
}

function isAfter(one: SequenceNumber, other: SequenceNumber): boolean {
  return one.boot > other.boot || (one.boot === other.boot && one.seq > other.seq)
}
