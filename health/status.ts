import type { Backpressure } from '../ingest/acceptance/backpressured-appender.ts'
import type { GatewayInfo } from '../ingest/gateway.ts'
import type { TimedResult } from '../lib/with-timeout.ts'
import type { ChannelStatus } from '../notices/deliver/guard/channel-guard.ts'
import type { JournalInfo, StreamName } from '../store/journal/journal.ts'
import type { RecordCounts } from './record-counts.ts'

/**
 * What the program says of itself at one moment; the source of `/readyz` and `/metrics`. What lies behind a part that
 * does not answer is an error in words.
 */
export interface SystemStatus {
  /** Absent while the journal does not answer. */
  ingest?: IngestTotals
  journal: TimedResult<JournalStatus>
  consumers: readonly ConsumerStatus[]
  /** Absent while devices are acknowledged as fast as the disk takes it. */
  backpressure?: Backpressure | undefined
  queues: TimedResult<readonly QueueStatus[]>
  gateway: GatewayInfo
  /** The ways to owners that can be out of order by themselves. */
  channels: readonly ChannelStatus[]
  /** Number of (device, metric, ts) values kept. */
  seriesValues: TimedResult<number>
  records: TimedResult<RecordCounts>
}

/** Totals since the journal was made: received = stored + duplicate + quarantined. */
export interface IngestTotals {
  received: number
  stored: number
  duplicate: number
  /** Reason → readings. */
  quarantined: Readonly<Record<string, number>>
  /** Of the quarantined, those that were counted and not kept to look at. */
  notSampled: number
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
  deadLetters: number
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
