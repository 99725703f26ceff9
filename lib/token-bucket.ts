export interface RateLimit {
  /** Tokens that come back, a second. */
  perSecond: number
  /** Tokens that may be taken at once after a pause. */
  burst: number
}

/** The token bucket of traffic shaping: what is not used within a while is not saved up beyond the burst. */
export class TokenBucket {
  readonly #rate: RateLimit
  #tokens: number
  #refilledAt: number

  /** @param now ms, by the clock that the other calls use */
  constructor(rate: RateLimit, now: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#refilledAt = now
  }

  /** Take a token if there is one. */
  tryTake(now: number): 'taken' | 'empty' {
    this.#refill(now)
    if (this.#tokens < 1) return 'empty'
    this.#tokens -= 1
    return 'taken'
  }

  /** Milliseconds until there is a token. */
  msUntilNext(now: number): number {
    this.#refill(now)
    return Math.max(0, Math.ceil(((1 - this.#tokens) / this.#rate.perSecond) * 1000))
  }

  #refill(now: number): void {
    // A clock that was set back gives nothing, and takes nothing.
    const seconds = Math.max(0, now - this.#refilledAt) / 1000
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + seconds * this.#rate.perSecond)
    this.#refilledAt = now
  }
}
