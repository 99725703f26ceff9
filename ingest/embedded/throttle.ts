import { type RateLimit, TokenBucket } from '../../lib/token-bucket.ts'

/**
 * Rate limiter for the messages of one client, in order. Messages beyond the rate wait, unacknowledged; the
 * broker reads on only when all read messages are processed, so that the sender slows down and nothing accumulates.
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

  /** Run the work now, or when it is its turn. */
  schedule(work: () => void): 'now' | 'later' {
    if (this.#waiting.length === 0 && this.#bucket.tryTake(this.#now()) === 'taken') {
      work()
      return 'now'
    }
    this.#waiting.push(work)
    this.#scheduleRelease()
    return 'later'
  }

  /** Drop waiting messages of a client that is gone: they were never acknowledged. */
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
