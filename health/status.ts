import type { Backpressure } from '../ingest/acceptance/backpressured-appender.ts'
import type { GatewayInfo } from '../ingest/gateway.ts'
import type { TimedResult } from '../lib/with-timeout.ts'
import type { ChannelStatus } from '../notices/deliver/guard/channel-guard.ts'
import type { ConsumerGap } from '../store/journal/history/resume.ts'
import type { JournalInfo, StreamName } from '../store/journal/journal.ts'
import type { SweepStatus } from '../workers/sweep-schedule.ts'
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
  /** The job that does what is due by time. */
  sweep: SweepStatus
  gateway: GatewayInfo
  /** Channels to owners that can fail independently. */
  channels: readonly ChannelStatus[]
  /** Number of stored (device, metric, ts) values. */
  seriesValues: TimedResult<number>
  records: TimedResult<RecordCounts>
  /** Size at which the oldest quarantined messages are deleted, bytes. */
  quarantineMaxBytes: number
  /** What the start found missing in a store or in the journal. */
  gaps: readonly ConsumerGap[]
}

/** Totals of readings since the journal was created: received = stored + duplicate + quarantined. */
export interface IngestTotals {
  received: number
  stored: number
  duplicate: number
  /** Reason → number of readings. */
  quarantined: Readonly<Record<string, number>>
  /** Stored readings of which some values were quarantined. */
  storedInPart: number
  /** Stored readings with another value for a time that had one. */
  conflict: number
  values: ValueTotals
  /** Messages, readings and single values that were ever put into quarantine. */
  quarantineEntries: number
  /** Outcome → number of retries of quarantined messages. */
  retried: Readonly<Record<string, number>>
}

/** Totals of the values of these readings: received = stored + duplicate + quarantined + ignored. */
interface ValueTotals {
  received: number
  stored: number
  duplicate: number
  /** Of metrics that the kind does not have, or ignores. */
  ignored: number
  /** Reason → number of values. */
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
