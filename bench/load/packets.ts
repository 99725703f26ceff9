/** MQTT 3.1.1 packets of a device, as bytes: encoding them must cost the load generator next to nothing. */

const connectFlags = { cleanSession: 2 }
const packetTypes = { connect: 0x10, publishQos1: 0x32 }

/** Bytes of an acknowledgement, CONNACK and PUBACK alike. */
export const ackBytes = 4
export const pubackHead = 0x40

export function encodeConnect(clientId: string): Buffer {
  const noKeepAlive = [0, 0]
  const protocol = Buffer.from([4, connectFlags.cleanSession, ...noKeepAlive])
  return encodePacket(packetTypes.connect, [encodeString('MQTT'), protocol, encodeString(clientId)])
}

/** @param topic as `encodeString` returns it */
export function encodePublish(topic: Buffer, messageId: number, payload: string): Buffer {
  const payloadBytes = Buffer.byteLength(payload)
  const remaining = topic.length + 2 + payloadBytes
  const lengthBytes = encodeLength(remaining)
  const packet = Buffer.allocUnsafe(1 + lengthBytes.length + remaining)
  packet[0] = packetTypes.publishQos1
  packet.set(lengthBytes, 1)
  let at = 1 + lengthBytes.length
  at += topic.copy(packet, at)
  at = packet.writeUInt16BE(messageId, at)
  packet.write(payload, at)
  return packet
}

export function encodeString(value: string): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function encodePacket(head: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([head, ...encodeLength(body.length)]), body])
}

/** Encode a remaining length: seven bits a byte, the lowest first (MQTT 3.1.1, 2.2.3). */
function encodeLength(length: number): number[] {
  const bytes: number[] = []
  for (let rest = length; ; ) {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
    if (rest === 0) return bytes
  }
}
