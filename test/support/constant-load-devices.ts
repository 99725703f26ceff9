import { connectAsync, type MqttClient } from 'mqtt'
import { onTestFinished } from 'vitest'
import { hourMs } from '../../lib/time.ts'

/**
 * Phones that publish one reading after another at QoS 1, up to `maxInFlight` at once, and keep each until it is
 * acknowledged.
 */
export class ConstantLoadDevices {
  /** Readings. */
  acknowledged = 0
  readonly #clients: readonly MqttClient[]
  #sending: Promise<unknown> = Promise.resolve()
  #stopping = false

  static async start(url: string, count: number, maxInFlight = 10): Promise<ConstantLoadDevices> {
    const ids = Array.from({ length: count }, (_, index) => `phone-${index}`)
    const clients = await Promise.all(ids.map((id) => connect(url, id)))
    const devices = new ConstantLoadDevices(clients)
    await devices.announce()
    onTestFinished(async () => {
      devices.#stopping = true
      await Promise.all(clients.map((client) => client.endAsync(true)))
    })
    const senders = clients.flatMap((client) => devices.#senders(client, maxInFlight))
    // The caller that awaits `finish` gets the error.
    devices.#sending = Promise.all(senders)
    devices.#sending.catch(() => undefined)
    return devices
  }

  private constructor(clients: readonly MqttClient[]) {
    this.#clients = clients
  }

  /** Each says what it is, which goes into the records. */
  async announce(): Promise<void> {
    const announcement = JSON.stringify({ state: 'online', kind: 'phone' })
    const said = this.#clients.map((client) =>
      client.publishAsync(`pm/v1/devices/${client.options.clientId}/state`, announcement, { qos: 1 }),
    )
    await Promise.all(said)
  }

  /** Sends no more, and resolves when all that was sent is acknowledged. */
  async finish(): Promise<void> {
    this.#stopping = true
    await this.#sending
  }

  #senders(client: MqttClient, maxInFlight: number): Promise<void>[] {
    const topic = `pm/v1/devices/${client.options.clientId}/telemetry`
    const firstTs = Date.now() - hourMs
    let seq = 0
    const send = async () => {
      while (!this.#stopping) {
        const reading = { ts: firstTs + seq, boot: 1, seq, values: { battery_cycles: seq % 1_000 } }
        seq++
        await client.publishAsync(topic, JSON.stringify(reading), { qos: 1 })
        this.acknowledged++
      }
    }
    return Array.from({ length: maxInFlight }, send)
  }
}

async function connect(url: string, clientId: string): Promise<MqttClient> {
  const client = await connectAsync(url, { clientId, clean: false, reconnectPeriod: 200 })
  // What becomes of connections is what the tests are about.
  client.on('error', () => undefined)
  return client
}
