import type { Device } from '../../contract/device.ts'
import type { ReceiptEntry } from '../../contract/entry.ts'
import type { InboundMessage } from '../gateway.ts'
import type { DecodedReading } from './decode-reading.ts'
import type { IngestLimits } from './ingest-limits.ts'
import type { Rejection } from './rejection.ts'

/** Content of a message, decoded without knowledge of devices or earlier messages. */
export type DecodedMessage =
  | { type: 'readings'; device: string; readings: DecodedReading[] }
  | { type: 'event'; device: string; ts: number; event: string; component?: string }
  /** `unassigned`: the device says that it has no owner any more. */
  | { type: 'announcement'; device: Device; unassigned?: true }
  /** The retained announcement was removed: the device retires. */
  | { type: 'removal'; device: string }
  | { type: 'presence'; device: string; state: 'online' | 'lost' }
  | { type: 'receipt'; user: string; notice: string; status: ReceiptEntry['status'] }
  | { type: 'rejected'; device?: string; rejection: Rejection }

/** A message with its time of receipt, ms since 1970 UTC, and its decoded content. */
export interface ReceivedMessage {
  message: InboundMessage
  receivedAt: number
  decoded: DecodedMessage
}

export interface DecodeContext {
  /** Topic prefix without a trailing slash. */
  prefix: string
  /** Time of receipt, ms since 1970 UTC, by the server's clock. */
  now: number
  limits: IngestLimits
  /** Time of a single reading without `ts`, ms; null where it is unknown. Default: `now`. */
  receiptTime?: number | null
}
