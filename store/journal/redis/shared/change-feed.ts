import { Cluster, type Redis } from 'ioredis'

/**
 * Calls back when something of a partition has changed, as another process says. It only shortens the waiting: a message
 * may be lost, so those who wait also look once a second.
 */
export class ChangeFeed {
  readonly #client: Redis | Cluster
  readonly #listeners = new Map<string, Set<() => void>>()
  #lastError: Error | undefined

  /** @param client for this alone: it takes no other commands once it is subscribed */
  constructor(client: Redis | Cluster) {
    this.#client = client
    client.on('message', (channel: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener()
    })
    // Each command on the other connection reports that Redis is unavailable.
    client.on('error', (error: Error) => {
      this.#lastError = error
    })
    client.on('ready', () => this.#subscribe([...this.#listeners.keys()]))
    client.connect().catch((error: Error) => {
      this.#lastError ??= error
    })
  }

  /** Why the last connection ended, if it did. */
  get lastError(): Error | undefined {
    return this.#lastError
  }

  /** @returns a function that ends the calls */
  listen(channel: string, listener: () => void): () => void {
    const known = this.#listeners.get(channel)
    const listeners = known ?? new Set()
    listeners.add(listener)
    this.#listeners.set(channel, listeners)
    if (known === undefined && this.#client.status === 'ready') this.#subscribe([channel])
    return () => listeners.delete(listener)
  }

  close(): void {
    this.#client.disconnect()
  }

  #subscribe(channels: readonly string[]): void {
    if (channels.length === 0) return
    const client = this.#client
    const subscribed =
      client instanceof Cluster ? client.subscribe(...channels) : client.subscribe(...channels)
    subscribed.catch((error: Error) => {
      this.#lastError = error
    })
  }
}
