import type { Device } from './device.ts'
import type { FleetModel } from './fleet-model.ts'
import type { Reading } from './reading.ts'
import type { RuleChange, RuleVersion, TrialRuleVersion } from './rule-version.ts'

export interface ReadingEntry {
  type: 'reading'
  receivedAt: number
  reading: Reading
}

/** Something that happened to a device, said by the device itself: `part_replaced`, `error`, `usage`… */
export interface EventEntry {
  type: 'event'
  receivedAt: number
  device: string
  ts: number
  event: string
  component?: string
}

export interface DeviceEntry {
  type: 'device'
  receivedAt: number
  device: Device
}

export interface PresenceEntry {
  type: 'presence'
  receivedAt: number
  device: string
  state: 'online' | 'lost'
}

export interface QuarantineEntry {
  type: 'quarantined'
  receivedAt: number
  id: string
  topic: string
  device?: string
  reason: string
  /** In words: what was found and what is allowed. */
  detail: string
  /** The payload as text, cut to the first 2,000 characters. */
  payload: string
}

/** A phone's answer to a notice. */
export interface ReceiptEntry {
  type: 'receipt'
  receivedAt: number
  user: string
  notice: string
  status: 'delivered' | 'read' | 'snoozed' | 'done'
}

/** The passing of time as data, so that a replay sees the time that the live run saw. */
interface TickEntry {
  type: 'tick'
  at: number
  /** From when on devices could be heard without a break; what was before is our own silence. */
  since?: number
}

/** Which rules hold from here on. */
export interface RuleSetEntry {
  type: 'rules'
  /** Later than that of each `rules` entry before it. */
  at: number
  /** Who wanted it so, and what was asked for. */
  by: string
  why: 'start' | 'reload' | 'trial' | 'withdraw' | 'promote' | 'rollback'
  /** What is different from the entry before. */
  changes: readonly RuleChange[]
  live: readonly RuleVersion[]
  /** Evaluated beside the live ones; nobody hears of their findings. */
  shadow: readonly TrialRuleVersion[]
}

/** What the fleet teaches from here on. */
export interface FleetModelEntry {
  type: 'lessons'
  at: number
  model: FleetModel
}

/** What the `telemetry` stream of the journal holds. */
export type TelemetryEntry =
  | ReadingEntry
  | EventEntry
  | DeviceEntry
  | PresenceEntry
  | QuarantineEntry
  | ReceiptEntry
  | TickEntry
  | RuleSetEntry
  | FleetModelEntry
