import type { Socket } from 'node:net'

/** Reads the sizes of MQTT packets off a byte stream; `true` for a packet larger than allowed. */
type SizeWatch = (chunk: Buffer) => boolean

/**
 * Closes a connection as soon as the head of a packet announces more than `maxBytes`, before the broker's parser
 * collects it in memory: MQTT allows 256 MB, and the parser has no limit of its own.
 * To be called when the broker reads the socket already; it sees each chunk before the broker does.
 */
export function guardPacketSize(socket: Socket, maxBytes: number): void {
  const tooLarge = createSizeWatch(maxBytes)
  socket.on('data', (chunk: Buffer) => {
    if (tooLarge(chunk)) socket.destroy(new PacketTooLargeError(`a packet of more than ${maxBytes} bytes`))
  })
}

/** A client announced a packet larger than the broker takes. */
class PacketTooLargeError extends Error {
  override readonly name = 'PacketTooLargeError'
}

/** Follows MQTT's fixed header: one byte of type, then the remaining length in seven bits a byte, lowest first. */
export function createSizeWatch(maxBytes: number): SizeWatch {
  const lengthBitsABytes = 7
  let inLength = false
  let length = 0
  let shift = 0
  let toSkip = 0

  /** Takes one byte of the length; the broker's parser refuses lengths of more than four bytes. */
  function takeLength(byte: number): void {
    length += (byte & 0x7f) * 2 ** shift
    shift += lengthBitsABytes
    if ((byte & 0x80) !== 0) return
    inLength = false
    toSkip = length
  }

  function takeType(): void {
    inLength = true
    length = 0
    shift = 0
  }

  return (chunk) => {
    for (let at = 0; at < chunk.length; at++) {
      if (toSkip > 0) {
        const skipped = Math.min(toSkip, chunk.length - at)
        toSkip -= skipped
        at += skipped - 1
      } else if (inLength) takeLength(chunk.readUInt8(at))
      else takeType()
      if (length > maxBytes) return true
    }
    return false
  }
}
