import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { ackBytes, encodeConnect, encodePublish, encodeString, pubackHead } from './packets.ts'
import { historyDay, measureVacuum } from './robot-vacuum.ts'

export interface LoadConnectionOptions {
  /** Numbers of the devices that it sends for, by turns. */
  numbers: readonly number[]
  /** Start of the history of its parts, ms since 1970 UTC. */
  historyStart: number
  /** Number of its boot: each load counts its readings from 1. */
  boot: number
}

/** Prefix of the ids of all devices of the load. */
export const devicePrefix = 'bench-'

function topicOf(number: number, name: 'state' | 'telemetry'): Buffer {
  return encodeString(`pm/v1/devices/${devicePrefix}${number}/${name}`)
}

const maxMessageId = 65_535

/** An unacknowledged message, on its own way to the server. */
interface InFlight {
  /** When it was sent, or should have been, by `performance.now()`. */
  dueAt: number
  acknowledge(): void
}

const doNothing = () => undefined

/** One or more robot vacuums on a socket. It fails on everything that it does not expect. */
export class LoadConnection {
  sent = 0
  acknowledged = 0
  /** From the moment at which a message was due to its acknowledgement, ms. */
  latenciesMs: number[] = []
  readonly #options: LoadConnectionOptions
  readonly #id: string
  readonly #devices: readonly { number: number; topic: Buffer }[]
  #turn = 0
  readonly #inFlight = new Map<number, InFlight>()
  #socket: Socket | undefined
  #rest: Buffer = Buffer.alloc(0)
  #seq = 0
  #messageId = 0
  #newestTs = 0
  #onAck: (() => void) | undefined

  constructor(options: LoadConnectionOptions) {
    this.#options = options
    const [first, ...others] = options.numbers
    // A client whose id is that of a device may send for no other one.
    this.#id = `${others.length === 0 ? devicePrefix : 'gateway-'}${first}`
    this.#devices = options.numbers.map((number) => ({ number, topic: topicOf(number, 'telemetry') }))
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

  /** Announce all devices; resolve when all announcements are acknowledged. */
  async announce(): Promise<void> {
    for (const number of this.#options.numbers) {
      const topic = topicOf(number, 'state')
      const owner = `owner-${number}`
      const payload = JSON.stringify({ state: 'online', kind: 'robot_vacuum', model: 'RV-20', owner })
      await this.#send((messageId) => encodePublish(topic, messageId, payload), performance.now())
    }
  }

  /** Publish one message with a reading for each of these times, ms since 1970 UTC; resolve when it is acknowledged. */
  publishBacklog(times: readonly number[]): Promise<void> {
    const { number, topic } = this.#nextDevice()
    const payload = `[${times.map((ts) => this.#measure(number, ts)).join(',')}]`
    return this.#send((messageId) => encodePublish(topic, messageId, payload), performance.now())
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

  #encodeReading(ts: number): (messageId: number) => Buffer {
    const { number, topic } = this.#nextDevice()
    const payload = this.#measure(number, ts)
    return (messageId) => encodePublish(topic, messageId, payload)
  }

  #nextDevice(): { number: number; topic: Buffer } {
    const device = this.#devices[this.#turn]
    if (!device) throw new RangeError(`${this.#id} has no devices`)
    this.#turn = (this.#turn + 1) % this.#devices.length
    return device
  }

  #measure(number: number, wanted: number): string {
    // A time stands for one reading of a device: a series store keeps one value for each.
    const ts = Math.max(wanted, this.#newestTs + 1)
    this.#newestTs = ts
    const { historyStart, boot } = this.#options
    const seq = ++this.#seq
    const values = measureVacuum(number, historyDay(ts, historyStart), seq)
    return `{"ts":${ts},"values":${values},"boot":${boot},"seq":${seq}}`
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
