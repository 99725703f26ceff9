import { z } from 'zod'
import type { InboundMessage } from '../gateway.ts'
import { decodeReading } from './decode-reading.ts'
import { decodeState, presenceSchema } from './decode-state.ts'
import type { DecodeContext, DecodedMessage } from './decoded-message.ts'
import { parseJson } from './parse-json.ts'
import { parseTimestamp } from './parse-timestamp.ts'
import { type ParsedTopic, parseTopic } from './parse-topic.ts'
import type { Rejection } from './rejection.ts'
import { shortText, toRejection } from './zod-rejection.ts'

const eventSchema = z.object({
  ts: z.unknown().optional(),
  event: shortText,
  component: shortText.optional(),
})

const receiptSchema = z.object({ status: z.enum(['delivered', 'read', 'snoozed', 'done']) })

function decodeEvent(input: unknown, device: string, context: DecodeContext): DecodedMessage {
  const parsed = eventSchema.safeParse(input)
  if (!parsed.success) return { type: 'rejected', rejection: toRejection(parsed.error, input) }
  const { ts, event, component } = parsed.data
  if (ts === undefined || ts === null)
    return rejected('ts_missing', 'an event needs the time at which it happened')
  const at = parseTimestamp('ts', ts, context)
  if (typeof at !== 'number') return { type: 'rejected', rejection: at }
  return { type: 'event', device, ts: at, event, ...(component === undefined ? {} : { component }) }
}

function decodeReceipt(input: unknown, topic: { user: string; notice: string }): DecodedMessage {
  const parsed = receiptSchema.safeParse(input)
  if (!parsed.success) return { type: 'rejected', rejection: toRejection(parsed.error, input) }
  return { type: 'receipt', user: topic.user, notice: topic.notice, status: parsed.data.status }
}

/** Decode any message below the topic prefix. */
export function decodeMessage(message: InboundMessage, context: DecodeContext): DecodedMessage {
  const topic = parseTopic(context.prefix, message.topic)
  const decoded = decodePayload(topic, message, context)
  if (decoded.type === 'rejected' && 'device' in topic) return { ...decoded, device: topic.device }
  return decoded
}

function decodePayload(
  topic: ParsedTopic,
  { payload, retained }: InboundMessage,
  context: DecodeContext,
): DecodedMessage {
  if (topic.type === 'unknown') return rejected('unknown_topic', topic.detail)
  const { payloadBytes } = context.limits
  if (payload.length > payloadBytes) {
    return rejected('payload_too_large', `${payload.length} bytes; at most ${payloadBytes} are allowed`)
  }
  if (topic.type === 'state' && payload.length === 0) return { type: 'removal', device: topic.device }
  const text = withoutByteOrderMark(payload.toString('utf8'))
  const plain = decodeBareWord(topic, text)
  if (plain !== undefined) return plain
  const json = parseJson(text, context.limits)
  if (json.type === 'rejected') return json
  switch (topic.type) {
    case 'telemetry':
      return decodeReadings(json.value, topic.device, { context, isRetained: retained === true })
    case 'state':
      return decodeState(json.value, topic.device, context)
    case 'event':
      return decodeEvent(json.value, topic.device, context)
    case 'receipt':
      return decodeReceipt(json.value, topic)
  }
}

/** RFC 8259, 8.1: a parser may ignore it, and publishers on .NET and PowerShell write it. */
function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** A last will and a receipt may be a bare word instead of JSON. */
function decodeBareWord(topic: ParsedTopic, text: string): DecodedMessage | undefined {
  if (topic.type === 'state') {
    const { success, data: state } = presenceSchema.safeParse(text)
    return success ? { type: 'presence', device: topic.device, state } : undefined
  }
  if (topic.type !== 'receipt' || !/^[a-z]+$/.test(text)) return undefined
  return decodeReceipt({ status: text }, topic)
}

function decodeReadings(
  value: unknown,
  device: string,
  {
    context: { now, limits, receiptTime = now },
    isRetained,
  }: { context: DecodeContext; isRetained: boolean },
): DecodedMessage {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (items.length === 0) return rejected('empty_payload', 'the array holds no reading')
  if (items.length > limits.readingsPerPayload) {
    const allowed = `at most ${limits.readingsPerPayload} are allowed in one payload`
    return rejected('too_many_readings', `${items.length} readings; ${allowed}`)
  }
  // Several readings are a backlog, and a retained one is as old as the broker's memory.
  const isReceiptTimeKnown = items.length === 1 && !isRetained
  const readingContext = { device, now, limits, receiptTime: isReceiptTimeKnown ? receiptTime : null }
  return { type: 'readings', device, readings: items.map((item) => decodeReading(item, readingContext)) }
}

function rejected(reason: Rejection['reason'], detail: string): DecodedMessage {
  return { type: 'rejected', rejection: { reason, detail } }
}
