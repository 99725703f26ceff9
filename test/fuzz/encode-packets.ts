/** Packets of MQTT 3.1.1 as bytes, right or wrong. */

export interface ConnectOptions {
  clientId: string
  clean: boolean
  keepaliveSeconds: number
  protocolVersion: number
  will?: { topic: string; payload: string; qos: number; retain: boolean }
}

export const packetTypes = {
  connect: 0x10,
  publish: 0x30,
  puback: 0x40,
  pubrec: 0x50,
  pubrel: 0x62,
  pubcomp: 0x70,
  subscribe: 0x82,
  unsubscribe: 0xa2,
  pingreq: 0xc0,
  disconnect: 0xe0,
} as const

/** A packet with its length, or one that it does not have. */
export function encodePacket(head: number, body: Buffer, announcedLength = body.length): Buffer {
  return Buffer.concat([Buffer.from([head]), remainingLength(announcedLength), body])
}

export function encodeConnect({
  clientId,
  clean,
  keepaliveSeconds,
  protocolVersion,
  will,
}: ConnectOptions): Buffer {
  const flags = (clean ? 2 : 0) | (will === undefined ? 0 : 4 | (will.qos << 3) | (will.retain ? 0x20 : 0))
  const says = will === undefined ? [] : [encodeString(will.topic), encodeString(will.payload)]
  const head = Buffer.from([protocolVersion, flags, keepaliveSeconds >> 8, keepaliveSeconds & 0xff])
  return encodePacket(
    packetTypes.connect,
    Buffer.concat([encodeString('MQTT'), head, encodeString(clientId), ...says]),
  )
}

export interface PublishOptions {
  topic: string
  payload: Buffer
  qos: number
  id: number
  retain: boolean
}

export function encodePublish({ topic, payload, qos, id, retain }: PublishOptions): Buffer {
  const number = qos === 0 ? Buffer.alloc(0) : uint16(id)
  const head = packetTypes.publish | (qos << 1) | (retain ? 1 : 0)
  return encodePacket(head, Buffer.concat([encodeString(topic), number, payload]))
}

export function encodeSubscribe(id: number, filters: readonly { topic: string; qos: number }[]): Buffer {
  const asked = filters.map(({ topic, qos }) => Buffer.concat([encodeString(topic), Buffer.from([qos])]))
  return encodePacket(packetTypes.subscribe, Buffer.concat([uint16(id), ...asked]))
}

export function encodeUnsubscribe(id: number, filters: readonly string[]): Buffer {
  return encodePacket(packetTypes.unsubscribe, Buffer.concat([uint16(id), ...filters.map(encodeString)]))
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP. */
export function encodeAck(head: number, id: number): Buffer {
  return encodePacket(head, uint16(id))
}

export const pingPacket = encodePacket(packetTypes.pingreq, Buffer.alloc(0))

function encodeString(value: string): Buffer {
  const bytes = Buffer.from(value).subarray(0, 0xffff)
  return Buffer.concat([uint16(bytes.length), bytes])
}

function uint16(value: number): Buffer {
  return Buffer.from([(value >> 8) & 0xff, value & 0xff])
}

function remainingLength(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.from(bytes)
}
