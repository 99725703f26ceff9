import { type RateLimit, TokenBucket } from '../../lib/token-bucket.ts'

/**
 * Lets the messages of one client through at a steady rate and in order. What is beyond it waits, unacknowledged; the
 * broker reads on only when all that it has read is through, so that the sender is slowed down and nothing piles up.
 */
export class Throttle {
  readonly #bucket: TokenBucket
  readonly #now: () => number
  #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(rate: RateLimit, now: () => number) {
    this.#bucket = new TokenBucket(rate, now())
    this.#now = now
  }

  /** Do the work now, or when it is its turn. */
  schedule(work: () => void): 'now' | 'later' {
    if (this.#waiting.length === 0 && this.#bucket.tryTake(this.#now()) === 'taken') {
      work()
      return 'now'
    }
    this.#waiting.push(work)
    this.#scheduleRelease()
    return 'later'
  }

  /** Forget what waits: of a client that is gone it was never acknowledged. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
  }

  #scheduleRelease(): void {
    this.#timer ??= setTimeout(() => this.#runReady(), this.#bucket.msUntilNext(this.#now()))
  }

  #runReady(): void {
    this.#timer = undefined
    const now = this.#now()
    let free = 0
    while (free < this.#waiting.length && this.#bucket.tryTake(now) === 'taken') free += 1
    for (const work of this.#waiting.splice(0, free)) work()
    if (this.#waiting.length > 0) this.#scheduleRelease()
  }
}
