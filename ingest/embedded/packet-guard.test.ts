import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSizeWatch } from './packet-guard.ts'

/** A packet of type 3 (PUBLISH) with a body of so many bytes. */
function packet(bodyBytes: number): Buffer {
  const length: number[] = []
  let rest = bodyBytes
  do {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bodyBytes, 0xff)])
}

/** Feeds a stream in chunks of one size. */
function exceeds(stream: Buffer, chunkBytes: number, maxBytes: number): boolean {
  const watch = createSizeWatch(maxBytes)
  for (let at = 0; at < stream.length; at += chunkBytes) {
    if (watch(stream.subarray(at, at + chunkBytes))) return true
  }
  return false
}

test('finds a packet that is too large, however the stream is cut', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5_000 }), fc.nat(40_000), (bodies, chunkBytes, maxBytes) => {
      const stream = Buffer.concat(bodies.map(packet))
      expect(exceeds(stream, chunkBytes, maxBytes)).toBe(Math.max(...bodies) > maxBytes)
    }),
  )
})

test('knows it from the head alone', () => {
  const head = packet(9_000_000).subarray(0, 5)
  expect(exceeds(head, 5, 8_000_000)).toBe(true)
})
