import fc from 'fast-check'
import {
  encodeAck,
  encodeConnect,
  encodePacket,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
  packetTypes,
  pingPacket,
} from '../encode-packets.ts'
import { adversarialText, anyBytes, mutatedBytes } from './bytes.ts'
import { anyTopic, payload, validTopic } from './payloads.ts'

/** What one client does: it connects, sends these, and stays or goes. */
export interface ClientScript {
  chunks: readonly Buffer[]
  /** `hang`: stays without reading; `reset`: goes without a word; `stay`: says so and waits for an answer. */
  end: 'stay' | 'reset' | 'hang'
}

const clientId = fc.oneof(
  { weight: 8, arbitrary: fc.nat(500).map((n) => `fuzz-${n}`) },
  { weight: 1, arbitrary: adversarialText },
)
const qos = fc.integer({ min: 0, max: 2 })
const id = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.nat(0xffff))

const will = fc.record({
  topic: anyTopic,
  payload: fc.oneof(fc.constant('lost'), adversarialText),
  qos,
  retain: fc.boolean(),
})

const validConnect = fc
  .record({
    clientId,
    clean: fc.boolean(),
    keepaliveSeconds: fc.constantFrom(0, 1, 60, 0xffff),
    protocolVersion: fc.constant(4),
  })
  .map(encodeConnect)

const anyConnect = fc
  .record(
    {
      clientId,
      clean: fc.boolean(),
      keepaliveSeconds: fc.nat(0xffff),
      protocolVersion: fc.constantFrom(3, 4, 4, 4, 5, 0, 132),
      will,
    },
    { requiredKeys: ['clientId', 'clean', 'keepaliveSeconds', 'protocolVersion'] },
  )
  .map(({ will, ...rest }) => encodeConnect(will === undefined ? rest : { ...rest, will }))

const publishes = fc.record({ topic: anyTopic, payload, qos, id, retain: fc.boolean() }).map(encodePublish)
const filter = fc.record({ topic: fc.oneof(anyTopic, fc.constantFrom('#', '+/#', '$SYS/#', 'pm/v1/#')), qos })
const subscribes = fc
  .tuple(id, fc.array(filter, { maxLength: 20 }))
  .map(([n, filters]) => encodeSubscribe(n, filters))
const unsubscribes = fc
  .tuple(id, fc.array(anyTopic, { maxLength: 20 }))
  .map(([n, topics]) => encodeUnsubscribe(n, topics))
const acknowledgements = fc
  .tuple(fc.constantFrom(packetTypes.puback, packetTypes.pubrec, packetTypes.pubrel, packetTypes.pubcomp), id)
  .map(([head, n]) => encodeAck(head, n))

/** Packets that no client may send, or with a length that is not theirs. */
const malformedPacket = fc.oneof(
  fc.tuple(fc.nat(255), anyBytes).map(([head, body]) => encodePacket(head, body)),
  fc
    .tuple(fc.nat(255), anyBytes, fc.nat(300))
    .map(([head, body, length]) => encodePacket(head, body, length)),
  fc
    .tuple(fc.nat(255), fc.constantFrom(2_000_000, 268_435_455, 2 ** 31))
    .map(([head, length]) => encodePacket(head, Buffer.alloc(0), length)),
  anyBytes,
)

const anyPacket = fc.oneof(
  { weight: 6, arbitrary: publishes },
  { weight: 2, arbitrary: subscribes },
  { weight: 1, arbitrary: unsubscribes },
  { weight: 2, arbitrary: acknowledgements },
  { weight: 1, arbitrary: fc.constant(pingPacket) },
  { weight: 1, arbitrary: anyConnect },
)
const anyChunk = fc.oneof(
  { weight: 8, arbitrary: anyPacket },
  { weight: 2, arbitrary: mutatedBytes(anyPacket) },
  { weight: 1, arbitrary: malformedPacket },
)

/** What a client may send, so that the broker goes on to the next. */
const validFilter = fc.record({
  topic: fc.oneof(validTopic, fc.constantFrom('#', '+/#', 'pm/v1/#', 'a/+/b')),
  qos,
})
const validPacket = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ topic: validTopic, payload, qos, id, retain: fc.boolean() }).map(encodePublish),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(id, fc.array(validFilter, { minLength: 1, maxLength: 5 }))
      .map(([n, filters]) => encodeSubscribe(n, filters)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(id, fc.array(validTopic, { minLength: 1, maxLength: 5 }))
      .map(([n, topics]) => encodeUnsubscribe(n, topics)),
  },
  { weight: 3, arbitrary: acknowledgements },
  { weight: 1, arbitrary: fc.constant(pingPacket) },
)

const firstChunk = fc.oneof(
  { weight: 8, arbitrary: validConnect },
  { weight: 2, arbitrary: anyConnect },
  { weight: 1, arbitrary: mutatedBytes(anyConnect) },
  { weight: 1, arbitrary: anyChunk },
)

const end = fc.oneof(
  { weight: 16, arbitrary: fc.constant('stay' as const) },
  { weight: 3, arbitrary: fc.constant('reset' as const) },
  { weight: 1, arbitrary: fc.constant('hang' as const) },
)

/** The same packet many times over: floods of what costs the broker most. */
const flood = fc
  .tuple(
    validConnect,
    fc.oneof(subscribes, unsubscribes, acknowledgements, publishes, fc.constant(pingPacket)),
    fc.integer({ min: 50, max: 200 }),
  )
  .map(([start, each, times]) => [start, ...Array<Buffer>(times).fill(each)])

export const clientScript: fc.Arbitrary<ClientScript> = fc.record({
  chunks: fc.oneof(
    {
      weight: 60,
      arbitrary: fc
        .tuple(firstChunk, fc.array(anyChunk, { maxLength: 40 }))
        .map(([start, rest]) => [start, ...rest]),
    },
    {
      weight: 60,
      arbitrary: fc
        .tuple(validConnect, fc.array(validPacket, { maxLength: 40 }))
        .map(([start, rest]) => [start, ...rest]),
    },
    { weight: 2, arbitrary: flood },
  ),
  end,
})
