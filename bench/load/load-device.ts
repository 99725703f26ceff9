import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { ackBytes, encodeConnect, encodePublish, encodeString, pubackHead } from './packets.ts'
import { historyDay, measureVacuum } from './robot-vacuum.ts'

export interface LoadDeviceOptions {
  number: number
  /** Start of the history of its parts, ms since 1970 UTC. */
  historyStart: number
  /** Number of its boot: each load counts its readings from 1. */
  boot: number
}

/** Prefix of the ids of all devices of the load. */
export const devicePrefix = 'bench-'

const maxMessageId = 65_535

/** An unacknowledged message, on its own way to the server. */
interface InFlight {
  /** When it was sent, or should have been, by `performance.now()`. */
  dueAt: number
  acknowledge(): void
}

const doNothing = () => undefined

/** A robot vacuum on a socket. It fails on everything that it does not expect. */
export class LoadDevice {
  sent = 0
  acknowledged = 0
  /** From the moment at which a message was due to its acknowledgement, ms. */
  latenciesMs: number[] = []
  readonly #options: LoadDeviceOptions
  readonly #id: string
  readonly #topic: Buffer
  readonly #inFlight = new Map<number, InFlight>()
  #socket: Socket | undefined
  #rest: Buffer = Buffer.alloc(0)
  #seq = 0
  #messageId = 0
  #newestTs = 0
  #onAck: (() => void) | undefined

  constructor(options: LoadDeviceOptions) {
    this.#options = options
    this.#id = `${devicePrefix}${options.number}`
    this.#topic = encodeString(`pm/v1/devices/${this.#id}/telemetry`)
  }

  async connect(port: number): Promise<void> {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    this.#socket = socket
    await once(socket, 'connect')
    socket.write(encodeConnect(this.#id))
    const [connack]: Buffer[] = await once(socket, 'data')
    if (connack?.length !== ackBytes || connack[3] !== 0) throw new Error(`${this.#id} was not let in`)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('close', () => {
      throw new Error(`the server closed the connection of ${this.#id}`)
    })
  }

  announce(): Promise<void> {
    const topic = encodeString(`pm/v1/devices/${this.#id}/state`)
    const owner = `owner-${this.#options.number}`
    const payload = JSON.stringify({ state: 'online', kind: 'robot_vacuum', model: 'RV-20', owner })
    return this.#send((messageId) => encodePublish(topic, messageId, payload), performance.now())
  }

  /** Publish a reading of this time, ms since 1970 UTC; resolve when it is acknowledged. */
  publishAt(ts: number): Promise<void> {
    const packet = this.#encodeReading(ts)
    return this.#send(packet, performance.now())
  }

  /** @param dueAt when the message should have been sent, by `performance.now()` */
  publish(dueAt: number): Promise<void> {
    return this.#send(this.#encodeReading(Date.now()), dueAt)
  }

  /** Keep this number of readings unacknowledged while `more` returns true; resolve when all are acknowledged. */
  keepInFlight(count: number, more: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      let open = 0
      const fill = () => {
        const packets: Buffer[] = []
        for (; open < count && more(); open++) packets.push(this.#register(this.#encodeReading(Date.now())))
        if (packets.length > 0)
          this.#socket?.write(packets.length === 1 ? (packets[0] ?? '') : Buffer.concat(packets))
        else if (open === 0) finish()
      }
      const finish = () => {
        this.#onAck = undefined
        resolve()
      }
      this.#onAck = () => {
        open -= 1
        fill()
      }
      fill()
    })
  }

  resetCounts(): void {
    this.sent = 0
    this.acknowledged = 0
    this.latenciesMs = []
  }

  #encodeReading(wanted: number): (messageId: number) => Buffer {
    // A time stands for one reading of a device: a series store keeps one value for each.
    const ts = Math.max(wanted, this.#newestTs + 1)
    this.#newestTs = ts
    const { number, historyStart, boot } = this.#options
    const seq = ++this.#seq
    const values = measureVacuum(number, historyDay(ts, historyStart), seq)
    return (messageId) =>
      encodePublish(this.#topic, messageId, `{"ts":${ts},"values":${values},"boot":${boot},"seq":${seq}}`)
  }

  #send(packet: (messageId: number) => Buffer, dueAt: number): Promise<void> {
    return new Promise((resolve) => {
      this.#socket?.write(this.#register(packet, { dueAt, acknowledge: resolve }))
    })
  }

  #register(
    packet: (messageId: number) => Buffer,
    { dueAt = performance.now(), acknowledge = doNothing }: Partial<InFlight> = {},
  ): Buffer {
    this.#messageId = (this.#messageId % maxMessageId) + 1
    this.#inFlight.set(this.#messageId, { dueAt, acknowledge })
    this.sent += 1
    return packet(this.#messageId)
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (; at + ackBytes <= bytes.length; at += ackBytes) {
      if (bytes[at] !== pubackHead) throw new Error(`${this.#id} received a packet that is no PUBACK`)
      this.#acknowledge(bytes.readUInt16BE(at + 2))
    }
    this.#rest = bytes.subarray(at)
  }

  #acknowledge(messageId: number): void {
    const message = this.#inFlight.get(messageId)
    if (!message) throw new Error(`${this.#id} received an acknowledgement of nothing it had sent`)
    this.#inFlight.delete(messageId)
    this.acknowledged += 1
    this.latenciesMs.push(performance.now() - message.dueAt)
    message.acknowledge()
    this.#onAck?.()
  }
}
