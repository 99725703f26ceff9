import type { HeldBack } from '../ingest/acceptance/append-patiently.ts'
import type { GatewayInfo } from '../ingest/gateway.ts'
import type { Attempt } from '../lib/attempt.ts'
import type { ChannelStatus } from '../notices/guard/guard.ts'
import type { JournalInfo, StreamName } from '../store/journal/journal.ts'
import type { RecordCounts } from './record-counts.ts'

/**
 * What the program says of itself at one moment; the source of `/readyz` and `/metrics`. What lies behind a part that
 * does not answer is an error in words.
 */
export interface Status {
  /** Absent while the journal does not answer. */
  ingest?: IngestTotals
  journal: Attempt<JournalStatus>
  consumers: readonly ConsumerStatus[]
  /** Absent while devices are acknowledged as fast as the disk takes it. */
  heldBack?: HeldBack | undefined
  queues: Attempt<readonly QueueStatus[]>
  gateway: GatewayInfo
  /** The ways to owners that can be out of order by themselves. */
  channels: readonly ChannelStatus[]
  /** Number of (device, metric, ts) values kept. */
  seriesValues: Attempt<number>
  records: Attempt<RecordCounts>
}

/** Totals since the journal was made: received = stored + duplicate + quarantined. */
export interface IngestTotals {
  received: number
  stored: number
  duplicate: number
  /** Reason → readings. */
  quarantined: Readonly<Record<string, number>>
  /** Of the quarantined, those that were counted and not kept to look at. */
  unkept: number
}

interface JournalStatus extends Omit<JournalInfo, 'consumers'> {
  /** What some consumer has yet to read. */
  backlogBytes: number
}

export interface ConsumerStatus {
  name: string
  stream: StreamName
  /** Entries still to do. */
  lag: number
  /** Entries that could not be handled and stand aside. */
  aside: number
  /** The error of its last attempt; absent while all goes well. */
  lastError?: string
}

export interface QueueStatus {
  name: string
  waiting: number
  active: number
  delayed: number
  failed: number
}
