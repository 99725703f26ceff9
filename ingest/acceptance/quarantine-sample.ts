import { type Rate, TokenBucket } from '../../lib/token-bucket.ts'

export interface SampleLimits {
  /** Of one sender. */
  each: Rate
  /** Of all together. */
  all: Rate
}

/** Senders that are told apart; beyond that the one told apart for longest starts anew. */
const maxSenders = 10_000

/**
 * Which of the refused messages are kept for people to look at. All are counted; but a flood of garbage must not fill
 * the journal with itself, nor drive what others sent out of sight.
 */
export class QuarantineSample {
  readonly #limits: SampleLimits
  readonly #senders = new Map<string, TokenBucket>()
  #all: TokenBucket | undefined

  constructor(limits: SampleLimits) {
    this.#limits = limits
  }

  /** @param now ms since 1970 UTC */
  decide(sender: string, now: number): 'keep' | 'count' {
    if (this.#bucketOf(sender, now).take(now) === 'empty') return 'count'
    this.#all ??= new TokenBucket(this.#limits.all, now)
    return this.#all.take(now) === 'taken' ? 'keep' : 'count'
  }

  #bucketOf(sender: string, now: number): TokenBucket {
    const known = this.#senders.get(sender)
    if (known !== undefined) return known
    const bucket = new TokenBucket(this.#limits.each, now)
    this.#senders.set(sender, bucket)
    const [oldest] = this.#senders.size > maxSenders ? this.#senders.keys() : []
    if (oldest !== undefined) this.#senders.delete(oldest)
    return bucket
  }
}
