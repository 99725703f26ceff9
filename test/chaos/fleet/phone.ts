import { connect, type MqttClient } from 'mqtt'
import { z } from 'zod'

const noticeShape = z.object({
  id: z.string(),
  finding: z.string().nullish(),
  device: z.string().nullish(),
})

export interface ReceivedNotice {
  notice: string
  /** Empty for a digest of several notices. */
  finding: string
  device: string
}

const reconnectMs = 150

/** An owner's phone: a session that the broker keeps, and a receipt for each notice, however often it comes. */
export class OwnerPhone {
  /** Every arrival, in order. */
  readonly receivedNotices: ReceivedNotice[] = []
  readonly #client: MqttClient

  constructor(url: string, user: string) {
    this.#client = connect(url, {
      clientId: `phone-${user}`,
      clean: false,
      reconnectPeriod: reconnectMs,
      connectTimeout: 5_000,
      reconnectOnConnackError: true,
    })
    const topic = `pm/v1/users/${user}/notices`
    this.#client.on('error', () => {}) // It reconnects.
    this.#client.on('connect', () => this.#client.subscribe(topic, { qos: 1 }))
    this.#client.on('message', (_topic, payload) => {
      const { id, finding, device } = noticeShape.parse(JSON.parse(payload.toString()))
      this.receivedNotices.push({ notice: id, finding: finding ?? '', device: device ?? '' })
      for (const status of ['delivered', 'read']) {
        this.#client.publish(`${topic}/${id}/receipt`, JSON.stringify({ status }), { qos: 1 })
      }
    })
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true)
  }
}
