import type { Device } from '../../contract/device.ts'
import type { ReceiptEntry } from '../../contract/entry.ts'
import type { DecodedReading } from './decode-reading.ts'
import type { IngestLimits } from './ingest-limits.ts'
import type { Rejection } from './rejection.ts'

/** What a message says, judged by itself: without knowing which devices exist or what was seen before. */
export type DecodedMessage =
  | { type: 'readings'; device: string; readings: DecodedReading[] }
  | { type: 'event'; device: string; ts: number; event: string; component?: string }
  | { type: 'announcement'; device: Device }
  | { type: 'presence'; device: string; state: 'online' | 'lost' }
  | { type: 'receipt'; user: string; notice: string; status: ReceiptEntry['status'] }
  | { type: 'rejected'; device?: string; rejection: Rejection }

export interface DecodeContext {
  /** Of the topics, without a slash at its end. */
  prefix: string
  /** ms since 1970 UTC, by our clock. */
  now: number
  limits: IngestLimits
}
