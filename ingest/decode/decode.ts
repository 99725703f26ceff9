import { z } from 'zod'
import type { InboundMessage } from '../gateway.ts'
import type { DecodeContext, Decoded } from './decoded.ts'
import { parseJson } from './json.ts'
import { decodeReading } from './readings.ts'
import type { Refusal } from './refusal.ts'
import { refusalOf, word } from './shape.ts'
import { checkTimestamp } from './timestamp.ts'
import { type ParsedTopic, parseTopic } from './topic.ts'

const stateShape = z.object({
  state: z.enum(['online', 'lost']),
  kind: word.optional(),
  model: word.exactOptional(),
  firmware: word.exactOptional(),
  owner: word.exactOptional(),
  site: word.exactOptional(),
  region: word.exactOptional(),
  inUseSince: z.number().exactOptional(),
})

const eventShape = z.object({ ts: z.number(), event: word, component: word.optional() })

const receiptShape = z.object({ status: z.enum(['delivered', 'read', 'snoozed', 'done']) })

/** A device that names its kind makes itself known; one that does not is only there or gone. */
function announcementOf(input: unknown, id: string): Decoded {
  const parsed = stateShape.safeParse(input)
  if (!parsed.success) return { type: 'refused', refusal: refusalOf(parsed.error, input) }
  const { state, kind, ...says } = parsed.data
  if (state === 'lost' || kind === undefined) return { type: 'presence', device: id, state }
  return { type: 'announcement', device: { id, kind, ...says } }
}

function eventOf(input: unknown, device: string, context: DecodeContext): Decoded {
  const parsed = eventShape.safeParse(input)
  if (!parsed.success) return { type: 'refused', refusal: refusalOf(parsed.error, input) }
  const { ts, event, component } = parsed.data
  const badTime = checkTimestamp(ts, context.now, context.limits)
  if (badTime !== undefined) return { type: 'refused', refusal: badTime }
  return { type: 'event', device, ts, event, ...(component === undefined ? {} : { component }) }
}

function receiptOf(input: unknown, topic: { user: string; notice: string }): Decoded {
  const parsed = receiptShape.safeParse(input)
  if (!parsed.success) return { type: 'refused', refusal: refusalOf(parsed.error, input) }
  return { type: 'receipt', user: topic.user, notice: topic.notice, status: parsed.data.status }
}

/** Decodes any message below the topic prefix. */
export function decode(message: InboundMessage, context: DecodeContext): Decoded {
  const topic = parseTopic(context.prefix, message.topic)
  const decoded = decodePayload(topic, message.payload, context)
  if (decoded.type === 'refused' && 'device' in topic) return { ...decoded, device: topic.device }
  return decoded
}

function decodePayload(topic: ParsedTopic, payload: Buffer, context: DecodeContext): Decoded {
  if (topic.type === 'unknown') return refused('unknown_topic', 'no device or phone publishes here')
  const { payloadBytes } = context.limits
  if (payload.length > payloadBytes) {
    return refused('payload_too_large', `${payload.length} bytes; at most ${payloadBytes} are allowed`)
  }
  const text = payload.toString('utf8')
  const plain = plainWord(topic, text)
  if (plain !== undefined) return plain
  const json = parseJson(text, context.limits)
  if (json.type === 'refused') return json
  switch (topic.type) {
    case 'telemetry':
      return readingsOf(json.value, topic.device, context)
    case 'state':
      return announcementOf(json.value, topic.device)
    case 'event':
      return eventOf(json.value, topic.device, context)
    case 'receipt':
      return receiptOf(json.value, topic)
  }
}

/** A last will and a phone's answer may be a bare word instead of JSON. */
function plainWord(topic: ParsedTopic, text: string): Decoded | undefined {
  if (topic.type === 'state' && (text === 'online' || text === 'lost')) {
    return { type: 'presence', device: topic.device, state: text }
  }
  if (topic.type !== 'receipt' || !/^[a-z]+$/.test(text)) return undefined
  return receiptOf({ status: text }, topic)
}

function readingsOf(value: unknown, device: string, context: DecodeContext): Decoded {
  const readingContext = { device, now: context.now, limits: context.limits }
  if (!Array.isArray(value)) {
    return { type: 'readings', device, readings: [decodeReading(value, readingContext)] }
  }
  if (value.length === 0) return refused('empty_payload', 'the array holds no reading')
  if (value.length > context.limits.readings) {
    const allowed = `at most ${context.limits.readings} are allowed in one payload`
    return refused('too_many_readings', `${value.length} readings; ${allowed}`)
  }
  return { type: 'readings', device, readings: value.map((item) => decodeReading(item, readingContext)) }
}

function refused(reason: Refusal['reason'], detail: string): Decoded {
  return { type: 'refused', refusal: { reason, detail } }
}
