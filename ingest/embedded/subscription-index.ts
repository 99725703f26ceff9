import type { Client } from 'aedes'

/** Index of the subscriptions of connected clients, those of persistent sessions included. */
export class SubscriptionIndex {
  readonly #clients = new Map<string, Set<Client>>()
  readonly #topics = new WeakMap<Client, Set<string>>()

  add(client: Client, topic: string): void {
    this.#topicsOf(client).add(topic)
    const clients = this.#clients.get(topic) ?? new Set()
    this.#clients.set(topic, clients.add(client))
  }

  remove(client: Client, topic: string): void {
    this.#topics.get(client)?.delete(topic)
    const clients = this.#clients.get(topic)
    clients?.delete(client)
    if (clients?.size === 0) this.#clients.delete(topic)
  }

  topics(client: Client): string[] {
    return [...(this.#topics.get(client) ?? [])]
  }

  has(client: Client, topic: string): boolean {
    return this.#topics.get(client)?.has(topic) ?? false
  }

  /** Return the number of topics that a client subscribes to. */
  count(client: Client): number {
    return this.#topics.get(client)?.size ?? 0
  }

  /** Tell whether a connected client subscribes to exactly this topic. */
  hasConnectedSubscriber(topic: string): boolean {
    const clients = this.#clients.get(topic) ?? []
    return [...clients].some((client) => client.connected && !client.closed)
  }

  #topicsOf(client: Client): Set<string> {
    const known = this.#topics.get(client)
    if (known !== undefined) return known
    const topics = new Set<string>()
    this.#topics.set(client, topics)
    client.conn.once('close', () => {
      for (const topic of topics) this.remove(client, topic)
    })
    return topics
  }
}
