import { type RateLimit, TokenBucket } from '../../lib/token-bucket.ts'

export interface SamplerLimits {
  /** Limit of one sender. */
  perSender: RateLimit
  /** Limit of all senders together. */
  total: RateLimit
}

/** Senders with a limit of their own; beyond that the oldest one is reset. */
const maxSenders = 10_000

/**
 * Decides which rejected messages are stored for inspection. All are counted, but a flood of garbage must not fill
 * the journal, nor displace the messages of other senders.
 */
export class QuarantineSampler {
  readonly #limits: SamplerLimits
  readonly #senders = new Map<string, TokenBucket>()
  #all: TokenBucket | undefined

  constructor(limits: SamplerLimits) {
    this.#limits = limits
  }

  /** @param now ms since 1970 UTC */
  decide(sender: string, now: number): 'keep' | 'count' {
    if (this.#bucketOf(sender, now).tryTake(now) === 'empty') return 'count'
    this.#all ??= new TokenBucket(this.#limits.total, now)
    return this.#all.tryTake(now) === 'taken' ? 'keep' : 'count'
  }

  #bucketOf(sender: string, now: number): TokenBucket {
    const known = this.#senders.get(sender)
    if (known !== undefined) return known
    const bucket = new TokenBucket(this.#limits.perSender, now)
    this.#senders.set(sender, bucket)
    const [oldest] = this.#senders.size > maxSenders ? this.#senders.keys() : []
    if (oldest !== undefined) this.#senders.delete(oldest)
    return bucket
  }
}
