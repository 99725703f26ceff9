import type { Device } from '../../contract/device.ts'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { RejectionReason } from '../decode/rejection.ts'

/** What is counted: each reading once as received, and once as stored, duplicate or quarantined. */
export type CounterName =
  | 'received'
  | 'stored'
  | 'duplicate'
  | 'quarantined'
  /** Of the quarantined, those that were not kept to look at. */
  | 'not_sampled'
  /** Announcements, presence, events and receipts, which are no readings. */
  | 'messages'
  | `quarantined.${RejectionReason}`

export type Counts = Partial<Record<CounterName, number>>

/** One commit in the making: nothing of it holds before the journal has it. */
export interface CommitBatch {
  entries: TelemetryEntry[]
  /** Devices that made themselves known in it. */
  devices: Map<string, Device>
  /** How many of them were not known. */
  newDeviceCount: number
  /** Devices of which the dedupe memory noted something. */
  dedupedDevices: Set<string>
  counts: Counts
}

export function createCommitBatch(): CommitBatch {
  return { entries: [], devices: new Map(), newDeviceCount: 0, dedupedDevices: new Set(), counts: {} }
}

export function increment(counts: Counts, name: CounterName, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by
}

/** Add `more` to `totals`. */
export function addCounts(totals: Counts, more: Counts): void {
  for (const [name, by] of Object.entries(more)) increment(totals, name as CounterName, by)
}
