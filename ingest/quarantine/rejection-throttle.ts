import { type RateLimit, TokenBucket } from '../../lib/token-bucket.ts'

/** Clients with a bucket of their own; beyond that the oldest one is forgotten. */
const maxClients = 10_000
/** A client that waits longer would take its connection for broken. */
const maxDelayMs = 5_000
const bytesPerToken = 1_024

/**
 * Slows down clients whose messages are rejected again and again: everything is kept, and the acknowledgement waits. The
 * client sends its next messages later, so that it neither fills the journal nor displaces what others sent.
 */
export class RejectionThrottle {
  readonly #rate: RateLimit
  readonly #now: () => number
  readonly #buckets = new Map<string, TokenBucket>()

  /** @param rate each KiB is a message @param now monotonic clock, ms */
  constructor(rate: RateLimit, now: () => number) {
    this.#rate = rate
    this.#now = now
  }

  /** Return how long the acknowledgement of a rejected message waits, ms. @param bytes size of what was rejected */
  delayMs(client: string, bytes: number): number {
    const now = this.#now()
    const tokens = Math.ceil(bytes / bytesPerToken) || 1
    return this.#bucketOf(client, now).charge(tokens, now, maxDelayMs)
  }

  #bucketOf(client: string, now: number): TokenBucket {
    const known = this.#buckets.get(client)
    if (known !== undefined) return known
    const bucket = new TokenBucket(this.#rate, now)
    this.#buckets.set(client, bucket)
    const [oldest] = this.#buckets.size > maxClients ? this.#buckets.keys() : []
    if (oldest !== undefined) this.#buckets.delete(oldest)
    return bucket
  }
}
