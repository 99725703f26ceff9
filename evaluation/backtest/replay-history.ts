import type { Device } from '../../contract/device.ts'
import type { Reading } from '../../contract/reading.ts'
import type { RuleText } from '../../contract/rule-version.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import type { TicketsTable } from '../../store/records/schema.ts'
import type { ColumnScan, ColumnSlice } from '../../store/series/columns.ts'
import type { SeriesScan } from '../../store/series/series.ts'

/** A device of the history, with the attributes that it last announced. */
export interface HistoryDevice extends Omit<Device, 'formerIds'> {
  /** Receive time of its first message, ms. */
  firstSeen: number
}

/** The start of an epoch by a replacement. */
export interface PartReplacement {
  device: string
  component: string
  /** Event time, ms. */
  ts: number
}

/** What a technician found in a part. */
export interface PartVerdict {
  device: string
  component: string
  epoch: number
  verdict: NonNullable<TicketsTable['verdict']>
}

/** The stored history of the fleet, read only. */
export interface ReplayHistory {
  /** By id. */
  devices(): Promise<HistoryDevice[]>
  /** In order of time. */
  replacements(): Promise<PartReplacement[]>
  verdicts(): Promise<PartVerdict[]>
  /** The live rules; empty before the first rollout. */
  liveRules(): Promise<RuleText[]>
  /** Event times of the oldest and the newest reading; undefined when there is none. */
  extent(): Promise<{ first: number; last: number } | undefined>
  /** Readings in the order of time, then device, in batches; late readings in their place, duplicates once. */
  readings(scan: SeriesScan): AsyncIterable<Reading[]>
  /**
   * The same values as columns, slice after slice of time. A device that was renamed may have several columns of a metric, those
   * from before the renaming first.
   */
  columns(scan: ColumnScan): AsyncIterable<ColumnSlice>
  close(): Promise<void>
}

/** There is nothing to replay; the message says for which devices or period. */
export class NoHistoryError extends ExpectedError {
  override readonly name = 'NoHistoryError'
}
