import type { Socket } from 'node:net'
import { TokenBucket } from '../../lib/token-bucket.ts'
import { fixedLimits } from './broker-limits.ts'

/** What is wrong with a byte stream of MQTT packets, as far as their heads tell. */
type PacketFault = 'packet_too_large' | 'too_many_packets'

type PacketWatch = (chunk: Buffer) => PacketFault | undefined

export interface PacketWatchOptions {
  /** Of a PUBLISH; the others have a limit of their own. */
  maxBytes: number
  now: () => number
}

interface GuardOptions extends PacketWatchOptions {
  /** Told what the connection is closed for. */
  onFault: (fault: PacketFault) => void
}

/**
 * Closes a connection as soon as the head of a packet announces more bytes than allowed, before the broker's parser
 * collects it in memory: MQTT allows 256 MB, and the parser has no limit of its own. Also one that floods us with
 * packets that carry nothing.
 * To be called when the broker reads the socket already; it sees each chunk before the broker does.
 */
export function guardPackets(socket: Socket, { onFault, ...options }: GuardOptions): void {
  const watch = createPacketWatch(options)
  socket.on('data', (chunk: Buffer) => {
    const fault = watch(chunk)
    if (fault === undefined) return
    onFault(fault)
    socket.destroy(new BadPacketError(words[fault]))
  })
}

const words: Record<PacketFault, string> = {
  packet_too_large: 'a packet larger than is taken',
  too_many_packets: 'too many packets that carry no message',
}

/** A client sent packets that the broker does not take. */
class BadPacketError extends Error {
  override readonly name = 'BadPacketError'
}

const publish = 3
/** Acknowledgements: as many as there are messages. */
const answers = new Set([4, 5, 6, 7])

/** Follows MQTT's fixed header: one byte of type, then the remaining length in seven bits a byte, lowest first. */
export function createPacketWatch({ maxBytes, now }: PacketWatchOptions): PacketWatch {
  const lengthBitsABytes = 7
  const control = new TokenBucket(fixedLimits.controlPackets, now())
  let inLength = false
  let type = 0
  let length = 0
  let shift = 0
  let toSkip = 0

  /** Takes one byte of the length; the broker's parser refuses lengths of more than four bytes. */
  function takeLength(byte: number): PacketFault | undefined {
    length += (byte & 0x7f) * 2 ** shift
    shift += lengthBitsABytes
    if (length > (type === publish ? maxBytes : fixedLimits.controlPacketBytes)) return 'packet_too_large'
    if ((byte & 0x80) !== 0) return undefined
    inLength = false
    toSkip = length
    return undefined
  }

  function takeType(byte: number): PacketFault | undefined {
    type = byte >> 4
    inLength = true
    length = 0
    shift = 0
    if (type === publish || answers.has(type) || control.take(now()) === 'taken') return undefined
    return 'too_many_packets'
  }

  return (chunk) => {
    for (let at = 0; at < chunk.length; at++) {
      if (toSkip > 0) {
        const skipped = Math.min(toSkip, chunk.length - at)
        toSkip -= skipped
        at += skipped - 1
        continue
      }
      const byte = chunk.readUInt8(at)
      const fault = inLength ? takeLength(byte) : takeType(byte)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}
