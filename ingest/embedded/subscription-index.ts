import type { Client } from 'aedes'
import { filterMatches } from './topic-filter.ts'

/** Index of the subscriptions of connected clients, those of persistent sessions included. */
export class SubscriptionIndex {
  readonly #clients = new Map<string, Set<Client>>()
  /** Filters with wildcards, and what is before the first one: most do not match a topic by that alone. */
  readonly #wildcards = new Map<string, string>()
  readonly #topics = new WeakMap<Client, Set<string>>()

  add(client: Client, topic: string): void {
    this.#topicsOf(client).add(topic)
    const clients = this.#clients.get(topic) ?? new Set()
    this.#clients.set(topic, clients.add(client))
    const wildcardAt = topic.search(/[+#]/)
    if (wildcardAt >= 0) this.#wildcards.set(topic, topic.slice(0, wildcardAt))
  }

  remove(client: Client, topic: string): void {
    this.#topics.get(client)?.delete(topic)
    const clients = this.#clients.get(topic)
    clients?.delete(client)
    if (clients?.size !== 0) return
    this.#clients.delete(topic)
    this.#wildcards.delete(topic)
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

  /** Tell whether a connected client subscribes to this topic, by its name or by a filter with wildcards. */
  hasConnectedSubscriber(topic: string): boolean {
    if (this.#isConnected(topic)) return true
    const levels = topic.split('/')
    for (const [filter, start] of this.#wildcards)
      if (
        topic.startsWith(start.replace(/\/$/, '')) &&
        filterMatches(filter, levels) &&
        this.#isConnected(filter)
      )
        return true
    return false
  }

  #isConnected(filter: string): boolean {
    const clients = this.#clients.get(filter) ?? []
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
