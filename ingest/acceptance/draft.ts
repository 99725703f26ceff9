import type { Device } from '../../contract/device.ts'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Reason } from '../decode/refusal.ts'

/** What is counted: each reading once as received, and once as stored, duplicate or quarantined. */
export type CounterName =
  | 'received'
  | 'stored'
  | 'duplicate'
  | 'quarantined'
  /** Of the quarantined, those that were not kept to look at. */
  | 'unkept'
  /** Announcements, presence, events and receipts, which are no readings. */
  | 'messages'
  | `quarantined.${Reason}`

export type Counts = Partial<Record<CounterName, number>>

/** One commit in the making: nothing of it holds before the journal has it. */
export interface Draft {
  entries: TelemetryEntry[]
  /** Devices that made themselves known in it. */
  devices: Map<string, Device>
  /** How many of them were not known. */
  enrolled: number
  /** Devices of which the dedupe memory noted something. */
  noted: Set<string>
  counts: Counts
}

export function createDraft(): Draft {
  return { entries: [], devices: new Map(), enrolled: 0, noted: new Set(), counts: {} }
}

export function count(counts: Counts, name: CounterName, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by
}

/** Adds `more` to `totals`. */
export function addCounts(totals: Counts, more: Counts): void {
  for (const [name, by] of Object.entries(more)) count(totals, name as CounterName, by)
}
