import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import { hourMs } from '../../lib/time.ts'

/** Findings of one rule within an hour of event time would be grouped as an alarm flood. */
const eventTimeStepMs = 2 * hourMs
const hotC = 65

/**
 * Phones with a hot battery, each with an owner of its own who listens: from the moment at which a reading is published to the
 * moment at which its notice arrives.
 */
export class Phones {
  readonly #client: MqttClient
  readonly #count: number
  readonly #publishedAt = new Map<string, number>()
  readonly #latenciesMs = new Map<string, number>()
  #duplicates = 0

  /** Connect, subscribe as all owners, and announce all phones. The program must allow as many subscriptions. */
  static async connect(mqttUrl: string, count: number): Promise<Phones> {
    const client = await connectAsync(mqttUrl, { clientId: 'phones' })
    const phones = new Phones(client, count)
    for (let n = 0; n < count; n++) {
      await client.subscribeAsync(`pm/v1/users/hot-${n}/notices`, { qos: 1 })
      const announcement = JSON.stringify({ state: 'online', kind: 'phone', owner: `hot-${n}` })
      await client.publishAsync(`pm/v1/devices/hot-${n}/state`, announcement, { qos: 1 })
    }
    return phones
  }

  private constructor(client: MqttClient, count: number) {
    this.#client = client
    this.#count = count
    client.on('message', (topic) => this.#receive(topic.split('/')[3] ?? ''))
  }

  /** Let some phones become hot, one after the other, evenly over the time. */
  async becomeHot({
    first,
    count,
    seconds,
  }: {
    first: number
    count: number
    seconds: number
  }): Promise<void> {
    for (let n = first; n < first + count; n++) {
      const name = `hot-${n}`
      const ts = Date.now() - (this.#count - n) * eventTimeStepMs
      const payload = JSON.stringify({ ts, values: { battery_temp_c: hotC } })
      this.#publishedAt.set(name, performance.now())
      this.#client.publish(`pm/v1/devices/${name}/telemetry`, payload, { qos: 1 })
      await sleep((seconds / count) * 1_000)
    }
  }

  /** Wait until the notices of these phones have arrived. @returns those that have, ms, and how many came twice */
  async awaitNotices(
    { first, count }: { first: number; count: number },
    timeoutMs: number,
  ): Promise<{ latenciesMs: number[]; duplicates: number }> {
    const names = Array.from({ length: count }, (_, n) => `hot-${first + n}`)
    const until = performance.now() + timeoutMs
    while (performance.now() < until && !names.every((name) => this.#latenciesMs.has(name))) await sleep(20)
    const latenciesMs = names.flatMap((name) => this.#latenciesMs.get(name) ?? [])
    return { latenciesMs, duplicates: this.#duplicates }
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true)
  }

  #receive(owner: string): void {
    const publishedAt = this.#publishedAt.get(owner)
    if (publishedAt === undefined) return
    if (this.#latenciesMs.has(owner)) this.#duplicates += 1
    else this.#latenciesMs.set(owner, performance.now() - publishedAt)
  }
}
