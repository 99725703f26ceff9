import type { ClearableField, Device } from './device.ts'
import type { FleetModel } from './fleet-model.ts'
import type { Reading } from './reading.ts'
import type { RuleChange, RuleVersion, TrialRuleVersion } from './rule-version.ts'

export interface ReadingEntry {
  type: 'reading'
  receivedAt: number
  reading: Reading
}

/** An event that the device reports: `part_replaced`, `error`, `usage`… */
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
  /** Whole: what an announcement left out is as it was before. */
  device: Device
  /** Fields that the device had before and has no more. */
  cleared?: readonly ClearableField[]
}

/** A device got another id. Its state, epochs and tickets go with it; `formerIds` of `device` ends with the id before. */
export interface RenameEntry {
  type: 'renamed'
  receivedAt: number
  from: string
  /** Under its new id. */
  device: Device
}

export interface PresenceEntry {
  type: 'presence'
  receivedAt: number
  device: string
  state: 'online' | 'lost'
  /** Kept by the broker from earlier, so it does not show that the device is alive now. */
  retained?: true
}

/** A message of a registered device that left neither a reading nor its presence; at most one a minute and device. */
interface HeardEntry {
  type: 'heard'
  receivedAt: number
  device: string
}

/** A rejected message, or the rejected reading or value of one, in full: it can be retried. */
export interface QuarantineEntry {
  type: 'quarantined'
  receivedAt: number
  id: string
  topic: string
  /** MQTT client id of the sender, where the broker reveals it. */
  client?: string
  device?: string
  /** Device kind: the registered one, or the one that a rejected announcement names. */
  kind?: string
  /** Metric or field of a single rejected value; the rest of its reading is stored. */
  metric?: string
  reason: string
  /** What was found and what is allowed, as text. */
  detail: string
  /** What was rejected, in full and as sent; `payloadEncoding` says how. */
  payload: string
  /** Set where the payload is not UTF-8; without it, `payload` is the text itself. */
  payloadEncoding?: 'base64'
}

/** What became of a quarantined message that was retried; committed together with what it stored. */
export interface QuarantineRetriedEntry {
  type: 'quarantine_retried'
  /** Time of the retry, ms. */
  at: number
  /** Id of the quarantined message. */
  id: string
  outcome: 'stored' | 'duplicate' | 'quarantined'
  /** With `quarantined`: the present reason, and its detail. */
  reason?: string
  detail?: string
}

/** Receipt of a phone for a notice. */
export interface ReceiptEntry {
  type: 'receipt'
  receivedAt: number
  user: string
  notice: string
  status: 'delivered' | 'read' | 'snoozed' | 'done'
}

/** The passing of time as data, so that a replay sees the time that the live run saw. */
export interface TickEntry {
  type: 'tick'
  at: number
  /** Start of the present period of uninterrupted reception, ms; silence before it is not the device's. */
  since?: number
}

/** A file that defines a device kind. */
export interface KindFile {
  file: string
  text: string
}

/** The rule set that is live from this entry on. */
export interface RuleSetEntry {
  type: 'rules'
  /** ms; later than the time of every earlier `rules` entry. */
  at: number
  /** Who requested the change, and which action. */
  by: string
  why: 'start' | 'reload' | 'trial' | 'withdraw' | 'promote' | 'rollback'
  /** Differences from the previous `rules` entry. */
  changes: readonly RuleChange[]
  /** Device kinds that are valid from this entry on; absent in entries of earlier versions of the program. */
  kinds?: readonly KindFile[]
  live: readonly RuleVersion[]
  /** Shadow rules: evaluated, but their findings cause neither ticket nor notice. */
  shadow: readonly TrialRuleVersion[]
}

/** The fleet model that is valid from this entry on. */
export interface FleetModelEntry {
  type: 'fleet_model'
  at: number
  model: FleetModel
}

/** An entry of the journal's `telemetry` stream. */
export type TelemetryEntry =
  | ReadingEntry
  | EventEntry
  | DeviceEntry
  | RenameEntry
  | PresenceEntry
  | HeardEntry
  | QuarantineEntry
  | QuarantineRetriedEntry
  | ReceiptEntry
  | TickEntry
  | RuleSetEntry
  | FleetModelEntry
