import type { Socket } from 'node:net'
import { ExpectedError } from '../../lib/expected-error.ts'
import { TokenBucket } from '../../lib/token-bucket.ts'
import { fixedBrokerLimits } from './broker-limits.ts'

/** Violation found in the fixed headers of a stream of MQTT packets. */
type PacketViolation = 'packet_too_large' | 'too_many_packets'

type PacketScanner = (chunk: Buffer) => PacketViolation | undefined

export interface PacketScannerOptions {
  /** Maximum size of a PUBLISH, bytes; other packets have a limit of their own. */
  maxPublishBytes: number
  now: () => number
}

interface GuardOptions extends PacketScannerOptions {
  /** Called with the violation for which the connection is closed. */
  onViolation: (fault: PacketViolation) => void
}

/**
 * Close a connection as soon as the header of a packet announces more bytes than allowed, before the broker's parser
 * collects it in memory: MQTT allows 256 MB, and the parser has no limit. Also close a connection that floods the broker with
 * empty packets.
 * Call it after the broker has started to read the socket; it sees each chunk before the broker does.
 */
export function guardPackets(socket: Socket, { onViolation, ...options }: GuardOptions): void {
  const watch = createPacketScanner(options)
  socket.on('data', (chunk: Buffer) => {
    const fault = watch(chunk)
    if (fault === undefined) return
    onViolation(fault)
    socket.destroy(new PacketViolationError(violationMessages[fault]))
  })
}

const violationMessages: Record<PacketViolation, string> = {
  packet_too_large: 'a packet larger than is taken',
  too_many_packets: 'too many packets that carry no message',
}

/** A client sent packets that the broker rejects. */
class PacketViolationError extends ExpectedError {
  override readonly name = 'PacketViolationError'
}

const publishType = 3
/** Acknowledgements: their number is bounded by the number of messages. */
const acknowledgementTypes = new Set([4, 5, 6, 7])

/** Parses MQTT's fixed header: one byte of type, then the remaining length in seven bits per byte, lowest first. */
export function createPacketScanner({ maxPublishBytes, now }: PacketScannerOptions): PacketScanner {
  const lengthBitsPerByte = 7
  const control = new TokenBucket(fixedBrokerLimits.controlPackets, now())
  let inLength = false
  let type = 0
  let length = 0
  let shift = 0
  let bytesToSkip = 0

  /** Parse one byte of the length; the broker's parser rejects lengths of more than four bytes. */
  function readLengthByte(byte: number): PacketViolation | undefined {
    length += (byte & 0x7f) * 2 ** shift
    shift += lengthBitsPerByte
    if (length > (type === publishType ? maxPublishBytes : fixedBrokerLimits.controlPacketBytes))
      return 'packet_too_large'
    if ((byte & 0x80) !== 0) return undefined
    inLength = false
    bytesToSkip = length
    return undefined
  }

  function readTypeByte(byte: number): PacketViolation | undefined {
    type = byte >> 4
    inLength = true
    length = 0
    shift = 0
    if (type === publishType || acknowledgementTypes.has(type) || control.tryTake(now()) === 'taken')
      return undefined
    return 'too_many_packets'
  }

  return (chunk) => {
    for (let at = 0; at < chunk.length; at++) {
      if (bytesToSkip > 0) {
        const skipped = Math.min(bytesToSkip, chunk.length - at)
        bytesToSkip -= skipped
        at += skipped - 1
        continue
      }
      const byte = chunk.readUInt8(at)
      const fault = inLength ? readLengthByte(byte) : readTypeByte(byte)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}
