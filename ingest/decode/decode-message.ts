import { z } from 'zod'
import type { InboundMessage } from '../gateway.ts'
import { decodeReading } from './decode-reading.ts'
import type { DecodeContext, DecodedMessage } from './decoded-message.ts'
import { parseJson } from './parse-json.ts'
import { type ParsedTopic, parseTopic } from './parse-topic.ts'
import type { Rejection } from './rejection.ts'
import { validateTimestamp } from './validate-timestamp.ts'
import { shortText, toRejection } from './zod-rejection.ts'

const stateSchema = z.object({
  state: z.enum(['online', 'lost']),
  kind: shortText.optional(),
  model: shortText.exactOptional(),
  firmware: shortText.exactOptional(),
  owner: shortText.exactOptional(),
  site: shortText.exactOptional(),
  region: shortText.exactOptional(),
  inUseSince: z.number().exactOptional(),
})

const eventSchema = z.object({ ts: z.number(), event: shortText, component: shortText.optional() })

const receiptSchema = z.object({ status: z.enum(['delivered', 'read', 'snoozed', 'done']) })

/** A state message with a kind is an announcement; one without is presence only. */
function decodeState(input: unknown, id: string): DecodedMessage {
  const parsed = stateSchema.safeParse(input)
  if (!parsed.success) return { type: 'rejected', rejection: toRejection(parsed.error, input) }
  const { state, kind, ...says } = parsed.data
  if (state === 'lost' || kind === undefined) return { type: 'presence', device: id, state }
  return { type: 'announcement', device: { id, kind, ...says } }
}

function decodeEvent(input: unknown, device: string, context: DecodeContext): DecodedMessage {
  const parsed = eventSchema.safeParse(input)
  if (!parsed.success) return { type: 'rejected', rejection: toRejection(parsed.error, input) }
  const { ts, event, component } = parsed.data
  const badTime = validateTimestamp(ts, context.now, context.limits)
  if (badTime !== undefined) return { type: 'rejected', rejection: badTime }
  return { type: 'event', device, ts, event, ...(component === undefined ? {} : { component }) }
}

function decodeReceipt(input: unknown, topic: { user: string; notice: string }): DecodedMessage {
  const parsed = receiptSchema.safeParse(input)
  if (!parsed.success) return { type: 'rejected', rejection: toRejection(parsed.error, input) }
  return { type: 'receipt', user: topic.user, notice: topic.notice, status: parsed.data.status }
}

/** Decode any message below the topic prefix. */
export function decodeMessage(message: InboundMessage, context: DecodeContext): DecodedMessage {
  const topic = parseTopic(context.prefix, message.topic)
  const decoded = decodePayload(topic, message.payload, context)
  if (decoded.type === 'rejected' && 'device' in topic) return { ...decoded, device: topic.device }
  return decoded
}

function decodePayload(topic: ParsedTopic, payload: Buffer, context: DecodeContext): DecodedMessage {
  if (topic.type === 'unknown') return rejected('unknown_topic', 'no device or phone publishes here')
  const { payloadBytes } = context.limits
  if (payload.length > payloadBytes) {
    return rejected('payload_too_large', `${payload.length} bytes; at most ${payloadBytes} are allowed`)
  }
  const text = payload.toString('utf8')
  const plain = decodeBareWord(topic, text)
  if (plain !== undefined) return plain
  const json = parseJson(text, context.limits)
  if (json.type === 'rejected') return json
  switch (topic.type) {
    case 'telemetry':
      return decodeReadings(json.value, topic.device, context)
    case 'state':
      return decodeState(json.value, topic.device)
    case 'event':
      return decodeEvent(json.value, topic.device, context)
    case 'receipt':
      return decodeReceipt(json.value, topic)
  }
}

/** A last will and a receipt may be a bare word instead of JSON. */
function decodeBareWord(topic: ParsedTopic, text: string): DecodedMessage | undefined {
  if (topic.type === 'state' && (text === 'online' || text === 'lost')) {
    return { type: 'presence', device: topic.device, state: text }
  }
  if (topic.type !== 'receipt' || !/^[a-z]+$/.test(text)) return undefined
  return decodeReceipt({ status: text }, topic)
}

function decodeReadings(value: unknown, device: string, context: DecodeContext): DecodedMessage {
  const readingContext = { device, now: context.now, limits: context.limits }
  if (!Array.isArray(value)) {
    return { type: 'readings', device, readings: [decodeReading(value, readingContext)] }
  }
  if (value.length === 0) return rejected('empty_payload', 'the array holds no reading')
  if (value.length > context.limits.readingsPerPayload) {
    const allowed = `at most ${context.limits.readingsPerPayload} are allowed in one payload`
    return rejected('too_many_readings', `${value.length} readings; ${allowed}`)
  }
  return { type: 'readings', device, readings: value.map((item) => decodeReading(item, readingContext)) }
}

function rejected(reason: Rejection['reason'], detail: string): DecodedMessage {
  return { type: 'rejected', rejection: { reason, detail } }
}
