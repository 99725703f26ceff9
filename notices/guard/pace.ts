import { type Rate, TokenBucket } from '../../lib/token-bucket.ts'

export type Place =
  | { is: 'taken' }
  /** There is a place at that time, in the order of asking. */
  | { is: 'reserved'; at: number }
  /** Too many wait already; ask again then. */
  | { is: 'full'; at: number }

/** How far ahead places are given, ms. Who would wait for longer is not to hold up a job. */
const horizonMs = 5 * 60_000

/** A token bucket with a queue before it, so that those who wait come back one after the other and not all at once. */
export class Pace {
  readonly #bucket: TokenBucket
  readonly #apartMs: number
  #lastPlace = Number.NEGATIVE_INFINITY

  /** @param now ms, by the clock that the other calls use */
  constructor(rate: Rate, now: number) {
    this.#bucket = new TokenBucket(rate, now)
    this.#apartMs = 1_000 / rate.perSecond
  }

  /** Takes a place now, or gives one for later, at which `take` is to be called again. */
  take(now: number): Place {
    if (this.#bucket.take(now) === 'taken') return { is: 'taken' }
    const at = Math.max(now + this.#bucket.untilNext(now), this.#lastPlace + this.#apartMs)
    if (at > now + horizonMs) return { is: 'full', at: now + horizonMs }
    this.#lastPlace = at
    return { is: 'reserved', at: Math.floor(at) + 1 }
  }
}
