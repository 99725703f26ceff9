import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A command to the load generator. */
export interface LoadCommand {
  port: number
  connections: number
  /** Unacknowledged messages of each connection. */
  inFlight: number
}

/** A device as bytes: it always has the same number of messages in flight, and sends nothing else. */
interface LoadDevice {
  id: string
  socket: Socket
  seq: number
  unacknowledged: number
  bytes: number
}

const ackBytes = 4
let devices: LoadDevice[] = []
let toSend = 0
let toReceive = 0
let done: () => void = () => undefined

process.on('message', async (order: LoadCommand | { readings: number }) => {
  if ('port' in order) await connectAll(order)
  else await run(order.readings)
  process.send?.('done')
})

let inFlight = 0

async function connectAll(order: LoadCommand): Promise<void> {
  inFlight = order.inFlight
  const ids = Array.from({ length: order.connections }, (_, i) => `bench-${i}`)
  devices = await Promise.all(ids.map((id) => connectDevice(id, order.port)))
  toReceive = devices.length
  const announced = waitForAcks()
  for (const device of devices) announce(device)
  await announced
}

async function connectDevice(id: string, port: number): Promise<LoadDevice> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  const body = Buffer.concat([encodeString('MQTT'), Buffer.from([4, 2, 0, 0]), encodeString(id)])
  socket.write(encodePacket(0x10, body))
  await once(socket, 'data')
  const device = { id, socket, seq: 0, unacknowledged: 0, bytes: 0 }
  socket.on('data', (chunk: Buffer) => receive(device, chunk.length))
  return device
}

/** Send a number of readings over all connections; resolves when the last one is acknowledged. */
function run(readings: number): Promise<void> {
  toSend = readings
  toReceive = readings
  const all = waitForAcks()
  for (const device of devices) fillWindow(device)
  return all
}

function waitForAcks(): Promise<void> {
  return new Promise((resolve) => {
    done = resolve
  })
}

function announce(device: LoadDevice): void {
  const topic = `pm/v1/devices/${device.id}/state`
  device.unacknowledged += 1
  device.socket.write(encodePublish(topic, 1, '{"state":"online","kind":"phone"}'))
}

/** Count acknowledgements: a device receives nothing else, so counting bytes is enough. */
function receive(device: LoadDevice, bytes: number): void {
  device.bytes += bytes
  const acknowledged = Math.floor(device.bytes / ackBytes)
  device.bytes -= acknowledged * ackBytes
  device.unacknowledged -= acknowledged
  toReceive -= acknowledged
  if (toReceive === 0) done()
  else fillWindow(device)
}

function fillWindow(device: LoadDevice): void {
  const packets: Buffer[] = []
  for (; device.unacknowledged < inFlight && toSend > 0; toSend--) {
    device.unacknowledged += 1
    packets.push(encodeReading(device))
  }
  if (packets.length > 0) device.socket.write(Buffer.concat(packets))
}

function encodeReading(device: LoadDevice): Buffer {
  const seq = ++device.seq
  const values = { battery_health_pct: 80 + (seq % 200) / 10, battery_temp_c: 20 + (seq % 100) / 10 }
  const payload = JSON.stringify({ ts: Date.now(), values, boot: 1, seq })
  return encodePublish(`pm/v1/devices/${device.id}/telemetry`, (seq % 65_000) + 1, payload)
}

function encodePublish(topic: string, messageId: number, payload: string): Buffer {
  const id = Buffer.alloc(2)
  id.writeUInt16BE(messageId)
  const qos1 = 0x32
  return encodePacket(qos1, Buffer.concat([encodeString(topic), id, Buffer.from(payload)]))
}

/** Encode a packet whose remaining length takes at most two bytes. */
function encodePacket(head: number, body: Buffer): Buffer {
  const length =
    body.length < 128 ? [body.length] : [(body.length % 128) + 128, Math.floor(body.length / 128)]
  return Buffer.concat([Buffer.from([head, ...length]), body])
}

function encodeString(value: string): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}
