import { isUtf8 } from 'node:buffer'
import type { QuarantineEntry } from '../../contract/entry.ts'
import { type Rejection, textExcerpt } from '../decode/rejection.ts'
import { splitArrayText } from '../decode/split-array-text.ts'
import type { InboundMessage } from '../gateway.ts'

/** What was rejected, and why. */
export interface RejectedMessage {
  rejection: Rejection
  device?: string
  /** Device kind that a rejected announcement names. */
  kind?: string
  /** Metric of a single rejected value. */
  metric?: string
  /** The rejected part as text, where it is not the whole payload. */
  payload?: string | undefined
}

interface QuarantineContext {
  id: string
  message: InboundMessage
  receivedAt: number
}

/** Create the entry of a rejected message or a part of it, with its payload in full. */
export function createQuarantineEntry(
  { id, message, receivedAt }: QuarantineContext,
  { rejection, device, kind, metric, payload }: RejectedMessage,
): QuarantineEntry {
  return {
    type: 'quarantined',
    receivedAt,
    id,
    topic: message.topic,
    ...(message.clientId !== undefined && { client: message.clientId }),
    ...(device !== undefined && { device }),
    ...(kind !== undefined && { kind }),
    ...(metric !== undefined && { metric }),
    reason: rejection.reason,
    detail: textExcerpt(rejection.detail),
    ...(payload === undefined ? encodePayload(message.payload) : { payload }),
  }
}

function encodePayload(payload: Buffer): Pick<QuarantineEntry, 'payload' | 'payloadEncoding'> {
  if (isUtf8(payload)) return { payload: payload.toString('utf8') }
  return { payload: payload.toString('base64'), payloadEncoding: 'base64' }
}

/**
 * Return a function that gives the text of one reading of a telemetry payload, as sent; undefined where the payload is
 * no array: then it is that reading.
 */
export function readingTexts({ payload }: InboundMessage): (index: number) => string | undefined {
  let texts: string[] | undefined
  return (index) => {
    texts ??= splitReadings(payload.toString('utf8').trimStart())
    return texts[index]
  }
}

function splitReadings(text: string): string[] {
  return text.startsWith('[') ? splitArrayText(text) : []
}
