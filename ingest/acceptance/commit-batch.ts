import type { Device } from '../../contract/device.ts'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { RejectionReason } from '../decode/rejection.ts'

/** Counters: each reading once as received, and once as stored, duplicate or quarantined. */
export type CounterName =
  | 'received'
  | 'stored'
  | 'duplicate'
  | 'quarantined'
  /** Announcements, presence, events and receipts. */
  | 'messages'
  | `quarantined.${RejectionReason}`

export type Counts = Partial<Record<CounterName, number>>

/** Content of the commit under way; valid once the journal has stored it. */
export interface CommitBatch {
  entries: TelemetryEntry[]
  /** Devices announced or registered in it. */
  devices: Map<string, Device>
  /** Number of them that are new. */
  newDeviceCount: number
  /** Devices for which the deduplicator recorded something. */
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
