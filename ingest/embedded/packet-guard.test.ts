import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixedBrokerLimits } from './broker-limits.ts'
import { createPacketScanner } from './packet-guard.ts'

const publish = 0x30
const subscribe = 0x82
const puback = 0x40

/** A packet with a body of so many bytes. */
function packet(bodyBytes: number, head = publish): Buffer {
  const length: number[] = []
  let rest = bodyBytes
  do {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.concat([Buffer.from([head, ...length]), Buffer.alloc(bodyBytes, 0xff)])
}

/** Feeds a stream in chunks of one size. */
function faultOf(stream: Buffer, chunkBytes: number, maxBytes: number): string | undefined {
  const watch = createPacketScanner({ maxPublishBytes: maxBytes, now: () => 0 })
  for (let at = 0; at < stream.length; at += chunkBytes) {
    const fault = watch(stream.subarray(at, at + chunkBytes))
    if (fault !== undefined) return fault
  }
  return undefined
}

test('finds a packet that is too large, however the stream is cut', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5_000 }), fc.nat(40_000), (bodies, chunkBytes, maxBytes) => {
      const stream = Buffer.concat(bodies.map((bytes) => packet(bytes)))
      const expected = Math.max(...bodies) > maxBytes ? 'packet_too_large' : undefined
      expect(faultOf(stream, chunkBytes, maxBytes)).toBe(expected)
    }),
  )
})

test('knows it from the head alone', () => {
  expect(faultOf(packet(9_000_000).subarray(0, 5), 5, 8_000_000)).toBe('packet_too_large')
})

test('allows less to packets that carry no message', () => {
  expect(faultOf(packet(fixedBrokerLimits.controlPacketBytes + 1, subscribe), 1_000, 8_000_000)).toBe(
    'packet_too_large',
  )
  expect(faultOf(packet(fixedBrokerLimits.controlPacketBytes, subscribe), 1_000, 8_000_000)).toBeUndefined()
})

test('counts what carries no message, and answers none', () => {
  const flood = (head: number) =>
    Buffer.concat(Array(fixedBrokerLimits.controlPackets.burst + 1).fill(packet(2, head)))
  expect(faultOf(flood(subscribe), 1_000, 100)).toBe('too_many_packets')
  expect(faultOf(flood(publish), 1_000, 100)).toBeUndefined()
  expect(faultOf(flood(puback), 1_000, 100)).toBeUndefined()
})
