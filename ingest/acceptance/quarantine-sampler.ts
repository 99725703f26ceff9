import { type RateLimit, TokenBucket } from '../../lib/token-bucket.ts'

export interface SamplerLimits {
  /** Of one sender. */
  perSender: RateLimit
  /** Of all together. */
  total: RateLimit
}

/** Senders that are told apart; beyond that the one told apart for longest starts anew. */
const maxSenders = 10_000

/**
 * Which of the rejected messages are kept for people to look at. All are counted; but a flood of garbage must not fill
 * the journal with itself, nor drive what others sent out of sight.
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
