import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type IClientPublishOptions, type MqttClient } from 'mqtt'
import { Random } from '../../../device-sim/random.ts'
import type { DeviceScript } from './messages.ts'

/** How fast devices go on; changed while they do. */
interface Pace {
  /** From one message of a device to its next, about, ms. */
  betweenMs: number
}

export interface DeviceOptions {
  script: DeviceScript
  url: string
  seed: number
  pace: Readonly<Pace>
  now: () => number
}

const inFlight = 6
const connectTimeoutMs = 5_000
const hangUpChance = 0.005

/**
 * A device that keeps every message until it is acknowledged: it sends in its order, a few at a time, and after each
 * loss of its connection again from the first one that was not. Now and then it hangs up by itself.
 */
export class Device {
  readonly script: DeviceScript
  /** When each message was acknowledged first, by its place in the script. */
  readonly ackedAt = new Map<number, number>()
  reconnects = -1
  readonly #options: DeviceOptions
  readonly #random: Random
  #client: MqttClient | undefined
  #stopped = false

  constructor(options: DeviceOptions) {
    this.script = options.script
    this.#options = options
    this.#random = new Random(options.seed, options.script.device.id, 'connection')
  }

  get done(): boolean {
    return this.ackedAt.size === this.script.messages.length
  }

  /** Resolves when all is acknowledged, or after `stop`. */
  async run(): Promise<void> {
    while (!this.done && !this.#stopped) {
      this.reconnects += 1
      await this.#connection()
      await sleep(this.#random.between(20, 400))
    }
  }

  stop(): void {
    this.#stopped = true
    this.#client?.stream.destroy()
  }

  /** One connection, from its beginning to its end. */
  async #connection(): Promise<void> {
    const client = connect(this.#options.url, {
      clientId: this.script.device.id,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: connectTimeoutMs,
    })
    this.#client = client
    const ended = new Promise<false>((resolve) => client.once('close', () => resolve(false)))
    client.on('error', () => {}) // The end of the connection, which follows, is what counts.
    // What is under way at the end of the connection is answered by nobody any more.
    const publish: Publish = (message) =>
      Promise.race([ended, client.publishAsync(...message).then(() => true)])
    client.once('connect', () => {
      this.#send(publish).then(
        () => client.stream.destroy(),
        (error: unknown) => client.stream.destroy(error as Error),
      )
    })
    await ended
    client.end(true)
  }

  /** Sends what is not acknowledged. Returns when nothing is left, the connection is at its end, or it hangs up. */
  async #send(publish: Publish): Promise<void> {
    const { device, messages } = this.script
    const { id, ...description } = device
    const topic = `pm/v1/devices/${id}`
    const announcement = JSON.stringify({ state: 'online', ...description })
    let connected = await publish([`${topic}/state`, announcement, { qos: 1, retain: true }])
    const waiting = new Set<Promise<void>>()
    for (const [place, { type, payload }] of messages.entries()) {
      if (this.ackedAt.has(place)) continue
      while (waiting.size >= inFlight) await Promise.race(waiting)
      if (!connected || this.#random.chance(hangUpChance)) return
      const sent = publish([`${topic}/${type === 'event' ? 'event' : 'telemetry'}`, payload, { qos: 1 }])
      const noted = sent.then((acked) => {
        waiting.delete(noted)
        connected = acked
        if (acked) this.ackedAt.set(place, this.#options.now())
      })
      waiting.add(noted)
      const { betweenMs } = this.#options.pace
      if (betweenMs > 0) await sleep(betweenMs * this.#random.between(0.2, 1.8))
    }
    await Promise.all(waiting)
  }
}

/** @returns false when the connection ended before the acknowledgement came */
type Publish = (message: [topic: string, payload: string, options: IClientPublishOptions]) => Promise<boolean>
