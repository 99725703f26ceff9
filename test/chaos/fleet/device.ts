import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type IClientPublishOptions, type MqttClient } from 'mqtt'
import { Random } from '../../../device-sim/random.ts'
import { race } from '../../../lib/race.ts'
import type { DeviceTraffic } from './device-traffic.ts'

/** How fast devices go on; changed while they do. */
interface PublishInterval {
  /** From one message of a device to its next, about, ms. */
  intervalMs: number
}

export interface DeviceOptions {
  traffic: DeviceTraffic
  url: string
  seed: number
  publishInterval: Readonly<PublishInterval>
  now: () => number
}

const maxInFlight = 6
const connectTimeoutMs = 5_000
const disconnectProbability = 0.005

/**
 * A device that keeps every message until it is acknowledged: it sends in its order, a few at a time, and after each
 * loss of its connection again from the first one that was not. Now and then it hangs up by itself.
 */
export class Device {
  readonly traffic: DeviceTraffic
  /** When each message was acknowledged first, by its place in the script. */
  readonly ackedAt = new Map<number, number>()
  reconnects = -1
  readonly #options: DeviceOptions
  readonly #random: Random
  #client: MqttClient | undefined
  #stopped = false

  constructor(options: DeviceOptions) {
    this.traffic = options.traffic
    this.#options = options
    this.#random = new Random(options.seed, options.traffic.device.id, 'connection')
  }

  get isDone(): boolean {
    return this.ackedAt.size === this.traffic.messages.length
  }

  /** Resolves when all is acknowledged, or after `stop`. */
  async run(): Promise<void> {
    while (!this.isDone && !this.#stopped) {
      this.reconnects += 1
      await this.#connection()
      // While the program is away, trying more often would only take the CPU that it starts with.
      await sleep(this.#random.between(100, 500))
    }
  }

  stop(): void {
    this.#stopped = true
    this.#client?.stream.destroy()
  }

  /** One connection, from its beginning to its end. */
  async #connection(): Promise<void> {
    const client = connect(this.#options.url, {
      clientId: this.traffic.device.id,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: connectTimeoutMs,
    })
    this.#client = client
    const ended = new Promise<false>((resolve) => client.once('close', () => resolve(false)))
    client.on('error', () => {}) // The end of the connection, which follows, is what counts.
    // Messages in flight at the end of the connection are never acknowledged.
    const publish: Publish = (message) => race([ended, client.publishAsync(...message).then(() => true)])
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
    const { device, messages } = this.traffic
    const { id, ...description } = device
    const topic = `pm/v1/devices/${id}`
    const announcement = JSON.stringify({ state: 'online', ...description })
    let connected = await publish([`${topic}/state`, announcement, { qos: 1, retain: true }])
    const waiting = new Set<Promise<void>>()
    for (const [place, { type, payload }] of messages.entries()) {
      if (this.ackedAt.has(place)) continue
      while (waiting.size >= maxInFlight) await race(waiting)
      if (!connected || this.#random.chance(disconnectProbability)) return
      const sent = publish([`${topic}/${type === 'event' ? 'event' : 'telemetry'}`, payload, { qos: 1 }])
      const recorded = sent.then((acked) => {
        waiting.delete(recorded)
        connected = acked
        if (acked) this.ackedAt.set(place, this.#options.now())
      })
      waiting.add(recorded)
      const { intervalMs } = this.#options.publishInterval
      if (intervalMs > 0) await sleep(intervalMs * this.#random.between(0.2, 1.8))
    }
    await Promise.all(waiting)
  }
}

/** @returns false when the connection ended before the acknowledgement came */
type Publish = (message: [topic: string, payload: string, options: IClientPublishOptions]) => Promise<boolean>
