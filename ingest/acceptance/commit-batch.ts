import type { Device } from '../../contract/device.ts'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { RejectionReason } from '../decode/rejection.ts'

/**
 * Counters: each reading once as received, and once as stored (wholly or in part), duplicate or quarantined; each value
 * of a reading once as received, and once as stored, duplicate, quarantined or ignored.
 */
export type CounterName =
  | 'received'
  | 'stored'
  | 'duplicate'
  | 'quarantined'
  /** Stored readings of which some values were quarantined. */
  | 'stored_in_part'
  /** Stored readings with another value of a metric for a time that has one. */
  | 'conflict'
  /** Readings with an invalid boot, sequence number or `hist`, stored without it. */
  | 'invalid_field'
  | `values.${'received' | 'stored' | 'duplicate' | 'quarantined' | 'ignored'}`
  | `values.quarantined.${RejectionReason}`
  /** Entries of the quarantine: readings, messages, single values and reports. */
  | 'quarantine_entries'
  /** Announcements, presence, events and receipts. */
  | 'messages'
  | `quarantined.${RejectionReason}`
  /** Retries of quarantined messages, by outcome. */
  | `retried.${'stored' | 'duplicate' | 'quarantined'}`

export type Counts = Partial<Record<CounterName, number>>

/** Content of the commit under way; valid once the journal has stored it. */
export interface CommitBatch {
  entries: TelemetryEntry[]
  /** Devices announced or registered in it. */
  devices: Map<string, Device>
  /** Number of them that are new. */
  newDeviceCount: number
  /** Devices of which the validator remembers something, to be forgotten when the commit fails. */
  rememberedDevices: Set<string>
  /** Messages of which something was rejected, and the size of that. */
  rejectedBytes: Map<object, number>
  counts: Counts
}

export function createCommitBatch(): CommitBatch {
  return {
    entries: [],
    devices: new Map(),
    newDeviceCount: 0,
    rememberedDevices: new Set(),
    rejectedBytes: new Map(),
    counts: {},
  }
}

export function increment(counts: Counts, name: CounterName, by = 1): void {
  if (by > 0) counts[name] = (counts[name] ?? 0) + by
}

/** Add `more` to `totals`. */
export function addCounts(totals: Counts, more: Counts): void {
  for (const [name, by] of Object.entries(more)) increment(totals, name as CounterName, by)
}
