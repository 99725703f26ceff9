import type { Lessons } from './fleet-model.ts'

/** One measurement of one device at one moment. `ts` is milliseconds since 1970 UTC, by the device's clock. */
export interface Reading {
  device: string
  ts: number
  /** metric name → value in the unit that the device's kind names. */
  values: Record<string, number>
  /** Counts the device's starts; with `seq` it identifies a reading however often it is sent. */
  boot?: number
  seq?: number
  /** Uploaded from a backlog: it informs the rules, and pages nobody unless a rule asks for that. */
  hist?: boolean
}

/** A device as it announces itself. */
export interface Device {
  id: string
  kind: string
  model?: string
  firmware?: string
  /** The user whose phone gets the notices. */
  owner?: string
  /** Where it stands, for devices that share a place: a laundry, a hotel. */
  site?: string
  /** Where in the world, for what depends on the season: `DE`, `CN-GD`. */
  region?: string
  /** Since when it is used, ms. */
  inUseSince?: number
}

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

/** The text of a rule file, and its name for messages. */
export interface RuleText {
  file: string
  text: string
}

export interface RuleVersion extends RuleText {
  /** The rule's name. */
  name: string
  /** Short hash of what the rule says. */
  version: string
}

export interface RuleOnTrial extends RuleVersion {
  /** When its trial began, ms; no two trials of a rule have the same. */
  since: number
}

/** What became of one version of a rule. */
export interface RuleChange {
  name: string
  version: string
  to: 'live' | 'shadow' | 'retired'
}

/** Which rules hold from here on. */
export interface RulesEntry {
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
  shadow: readonly RuleOnTrial[]
}

/** What the fleet teaches from here on. */
export interface LessonsEntry {
  type: 'lessons'
  at: number
  lessons: Lessons
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
  | RulesEntry
  | LessonsEntry
