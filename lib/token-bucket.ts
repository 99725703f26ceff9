export interface RateLimit {
  /** Tokens refilled per second. */
  perSecond: number
  /** Capacity of the bucket. */
  burst: number
}

/** Token bucket of traffic shaping: unused tokens accumulate up to the burst. */
export class TokenBucket {
  readonly #rate: RateLimit
  #tokens: number
  #refilledAt: number

  /** @param now ms, by the same clock as all other calls */
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

  /**
   * Take tokens whether they are there or not. The bucket refills from the debt, which is bounded.
   * @param maxDebtMs time in which the largest debt is refilled
   * @returns the time until the debt is refilled, ms; 0 without one
   */
  charge(tokens: number, now: number, maxDebtMs: number): number {
    this.#refill(now)
    this.#tokens = Math.max(this.#tokens - tokens, (-maxDebtMs / 1000) * this.#rate.perSecond)
    return Math.max(0, Math.ceil((-this.#tokens / this.#rate.perSecond) * 1000))
  }

  /** Return the time until the next token, ms. */
  msUntilNext(now: number): number {
    this.#refill(now)
    return Math.max(0, Math.ceil(((1 - this.#tokens) / this.#rate.perSecond) * 1000))
  }

  #refill(now: number): void {
    // A clock that is set back neither adds nor removes tokens.
    const seconds = Math.max(0, now - this.#refilledAt) / 1000
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + seconds * this.#rate.perSecond)
    this.#refilledAt = now
  }
}
