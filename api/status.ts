import type { GatewayInfo } from '../ingest/gateway.ts'
import type { Attempt } from '../lib/attempt.ts'
import type { JournalInfo, StreamName } from '../store/journal/journal.ts'

/** What the program says of itself at one moment; the source of `/readyz` and `/metrics`. */
export interface Status {
  /** Totals since the journal was made: received = stored + duplicate + quarantined. */
  ingest: {
    received: number
    stored: number
    duplicate: number
    /** Reason → readings. */
    quarantined: Readonly<Record<string, number>>
  }
  /** Absent while the journal is not open. */
  journal?: Omit<JournalInfo, 'consumers'>
  consumers: readonly ConsumerStatus[]
  /** Or in words why they cannot be counted. */
  queues: Attempt<readonly QueueStatus[]>
  gateway: GatewayInfo
  /** Number of (device, metric, ts) values kept. */
  seriesValues: number
}

export interface ConsumerStatus {
  name: string
  stream: StreamName
  /** Entries still to do. */
  lag: number
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
