import type { Device } from '../../contract/device.ts'
import type { Reading } from '../../contract/reading.ts'
import type { RuleText } from '../../contract/rule-version.ts'
import type { TicketsTable } from '../../store/records/schema.ts'
import type { SeriesScan } from '../../store/series/series.ts'

/** A device that history knows, as it last announced itself. */
export interface HistoryDevice extends Device {
  /** When it first made itself known, by our clock, ms. */
  firstSeen: number
}

/** A life of a part that began with a replacement. */
export interface PartReplacement {
  device: string
  component: string
  /** Event time, ms. */
  ts: number
}

/** What a technician found when he looked at a part. */
export interface PartVerdict {
  device: string
  component: string
  epoch: number
  verdict: NonNullable<TicketsTable['verdict']>
}

/** What was stored of the fleet, for a replay. It is only read. */
export interface ReplayHistory {
  /** By id. */
  devices(): Promise<HistoryDevice[]>
  /** In order of time. */
  replacements(): Promise<PartReplacement[]>
  verdicts(): Promise<PartVerdict[]>
  /** The rules in force; none where none ever was. */
  liveRules(): Promise<RuleText[]>
  /** Event times of the oldest and the newest reading; undefined when there is none. */
  extent(): Promise<{ first: number; last: number } | undefined>
  /** In order of time (then device), in batches. What arrived late or twice is in its place, once. */
  readings(scan: SeriesScan): AsyncIterable<Reading[]>
  close(): Promise<void>
}

/** There is nothing to replay; the message says of what. */
export class NoHistoryError extends Error {
  override readonly name = 'NoHistoryError'
}
