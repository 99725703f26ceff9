import { writeToStream } from 'mqtt-packet'
import { beforeAll, describe, expect, it } from 'vitest'
import { boundPacketBuffers, keptLengths } from './packet-buffers.ts'

/** Encode a PUBLISH whose length is encoded in a buffer of its own, and return that. */
function lengthBuffer(payloadLength: number): Buffer {
  const written: Buffer[] = []
  const stream = { write: (chunk: Buffer) => written.push(chunk) > 0 } as unknown as NodeJS.WritableStream
  const payload = Buffer.alloc(payloadLength)
  writeToStream({ cmd: 'publish', topic: 't', qos: 0, retain: false, dup: false, payload }, stream)
  return written[1] as Buffer
}

describe('buffers of mqtt-packet', () => {
  beforeAll(boundPacketBuffers)

  it('does not hold on to the pools of buffers that were used when a length was first sent', () => {
    const pools = new Set<ArrayBufferLike>()
    for (let length = 0; length < keptLengths - 3; length += 16) {
      // So much is cut from the pool between two messages that each gets another one.
      Buffer.allocUnsafe(4_000)
      Buffer.allocUnsafe(4_000)
      pools.add(lengthBuffer(length).buffer)
    }
    expect(pools.size).toBeLessThan(100)
  })

  it('keeps no buffer for each number of two bytes', () => {
    expect(writeToStream.cacheNumbers).toBe(false)
  })

  it('still encodes the lengths', () => {
    expect([0, 124, 125, 16_380].map((length) => lengthBuffer(length).toString('hex'))).toEqual([
      '03',
      '7f',
      '8001',
      'ff7f',
    ])
  })
})
