import { writeToStream } from 'mqtt-packet'

/** Lengths below this are kept by mqtt-packet; two bytes encode them. */
export const keptLengths = 16_384
/** Length of a PUBLISH without payload and with a topic of one byte. */
const emptyPublishLength = 3

/**
 * Bound the memory of mqtt-packet, the encoder of aedes and mqtt.js. It keeps a buffer for each number of two bytes, 9 MB of
 * heap; and one for each length of a packet that was ever sent, which holds on to the 8 KiB of Node's pool that it is cut
 * from: up to 128 MB over months. Here the numbers are not kept, and all lengths lie side by side.
 */
export function boundPacketBuffers(): void {
  writeToStream.cacheNumbers = false
  const payload = Buffer.alloc(keptLengths)
  for (let length = emptyPublishLength; length < keptLengths; length++) {
    const publish = { cmd: 'publish', topic: 't', qos: 0, retain: false, dup: false } as const
    writeToStream({ ...publish, payload: payload.subarray(0, length - emptyPublishLength) }, sink)
  }
}

/** What the encoder needs of a stream; everything is dropped. */
const sink = { write: () => true } as unknown as NodeJS.WritableStream
