import type { Backpressure } from '../ingest/acceptance/backpressured-appender.ts'
import type { GatewayInfo } from '../ingest/gateway.ts'
import type { TimedResult } from '../lib/with-timeout.ts'
import type { ChannelStatus } from '../notices/deliver/guard/channel-guard.ts'
import type { JournalInfo, StreamName } from '../store/journal/journal.ts'
import type { RecordCounts } from './record-counts.ts'

/**
 * Snapshot of the state of the program; the source of `/readyz` and `/metrics`. The value of a subsystem that
 * does not respond is an error message.
 */
export interface SystemStatus {
  /** Absent while the journal does not respond. */
  ingest?: IngestTotals
  journal: TimedResult<JournalStatus>
  consumers: readonly ConsumerStatus[]
  /** Absent while devices are acknowledged at the speed of the disk. */
  backpressure?: Backpressure | undefined
  queues: TimedResult<readonly QueueStatus[]>
  gateway: GatewayInfo
  /** Channels to owners that can fail independently. */
  channels: readonly ChannelStatus[]
  /** Number of stored (device, metric, ts) values. */
  seriesValues: TimedResult<number>
  records: TimedResult<RecordCounts>
}

/** Totals since the journal was created: received = stored + duplicate + quarantined. */
export interface IngestTotals {
  received: number
  stored: number
  duplicate: number
  /** Reason → number of readings. */
  quarantined: Readonly<Record<string, number>>
}

interface JournalStatus extends Omit<JournalInfo, 'consumers'> {
  /** Size of the entries that at least one consumer has not read. */
  backlogBytes: number
}

export interface ConsumerStatus {
  name: string
  stream: StreamName
  /** Number of entries still to be handled. */
  lag: number
  /** Number of dead letters. */
  deadLetters: number
  /** Error of its last attempt; absent after a success. */
  lastError?: string
}

export interface QueueStatus {
  name: string
  waiting: number
  active: number
  delayed: number
  failed: number
}
