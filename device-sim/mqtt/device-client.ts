import { connect, type MqttClient } from 'mqtt'
import type { Topics } from '../../contract/topics.ts'
import { Random } from '../random.ts'

/** What a device announces when it comes online. */
interface DeviceAnnouncement {
  id: string
  kind: string
  model?: string
  firmware?: string
  owner?: string
  site?: string
  region?: string
  inUseSince?: number
}

export interface DeviceClientOptions {
  url: string
  topics: Topics
  device: DeviceAnnouncement
  /** When given, the broker keeps the session, so that nothing on this topic is lost while the device is offline. */
  inbox?: { topic: string; receive(payload: Buffer): void }
  connectionListener: ConnectionListener
}

/** Is called when one of many clients loses its connection, and when it is connected again. */
export interface ConnectionListener {
  onConnected(device: string): void
  onDisconnected(device: string, reason: string): void
}

/** `closed`: the client was closed before the acknowledgement came. */
export type PublishResult = 'acked' | 'closed'

const firstRetryMs = 200
const maxRetryMs = 5_000

/**
 * The MQTT connection of one device: QoS 1, client id = device id, a retained announcement at each connect and a
 * retained last will. It reconnects with growing pauses, and sends unacknowledged messages again.
 */
export class DeviceClient {
  readonly #client: MqttClient
  readonly #options: DeviceClientOptions
  #device: DeviceClientOptions['device']
  readonly #pending = new Set<(delivery: PublishResult) => void>()
  readonly #jitter: Random
  /** Resolves once the first announcement is acknowledged: from then on readings are those of a known device. */
  readonly ready: Promise<PublishResult>
  #closed: Promise<void> | undefined
  #lastError = 'connection closed'

  constructor(options: DeviceClientOptions) {
    const { url, topics, device } = options
    this.#options = options
    this.#device = device
    this.#jitter = new Random(device.id, 'reconnect')
    this.#client = connect(url, {
      clientId: device.id,
      clean: options.inbox === undefined,
      resubscribe: false,
      reconnectPeriod: firstRetryMs,
      reconnectOnConnackError: true,
      will: {
        topic: topics.state(device.id),
        payload: Buffer.from('{"state":"lost"}'),
        qos: 1,
        retain: true,
      },
    })
    this.ready = new Promise((resolve) => {
      this.#pending.add(resolve)
      this.#listen(resolve)
    })
  }

  /** Publish with QoS 1, over reconnects if necessary. */
  publish(topic: string, payload: string, retain = false): Promise<PublishResult> {
    if (this.#closed) return Promise.resolve('closed')
    return new Promise((resolve, reject) => {
      this.#pending.add(resolve)
      this.#client.publish(topic, payload, { qos: 1, retain }, (error) => {
        this.#pending.delete(resolve)
        if (error && !this.#closed) reject(error)
        else resolve(error ? 'closed' : 'acked')
      })
    })
  }

  /** Announce the device with another firmware, now and at each reconnect. */
  async announceFirmware(firmware: string): Promise<PublishResult> {
    this.#device = { ...this.#device, firmware }
    return this.#publishDescription()
  }

  /** Drop the connection, like a device that leaves the network for a moment; it reconnects. */
  dropConnection(): void {
    this.#client.stream.destroy()
  }

  /** Drop the connection without DISCONNECT, like a device that is switched off: the broker publishes its will. */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    await this.#client.endAsync(true)
    for (const resolve of this.#pending) resolve('closed')
    this.#pending.clear()
  }

  #listen(ready: (delivery: PublishResult) => void): void {
    const { device, inbox, connectionListener } = this.#options
    if (inbox) this.#client.on('message', (_topic, payload) => inbox.receive(payload))
    this.#client.on('connect', () => {
      this.#client.options.reconnectPeriod = firstRetryMs
      connectionListener.onConnected(device.id)
      this.#announce().then(ready, (error: Error) => {
        if (!this.#closed) connectionListener.onDisconnected(device.id, error.message)
      })
    })
    this.#client.on('error', (error) => {
      this.#lastError = error.message || ('code' in error ? String(error.code) : error.name)
    })
    this.#client.on('close', () => {
      if (this.#closed) return
      connectionListener.onDisconnected(device.id, this.#lastError)
      const longer = (this.#client.options.reconnectPeriod ?? firstRetryMs) * this.#jitter.between(1.3, 2)
      this.#client.options.reconnectPeriod = Math.min(maxRetryMs, longer)
    })
  }

  async #announce(): Promise<PublishResult> {
    const { inbox } = this.#options
    if (inbox) await this.#client.subscribeAsync(inbox.topic, { qos: 1 })
    return this.#publishDescription()
  }

  #publishDescription(): Promise<PublishResult> {
    const { id, ...description } = this.#device
    return this.publish(
      this.#options.topics.state(id),
      JSON.stringify({ state: 'online', ...description }),
      true,
    )
  }
}
