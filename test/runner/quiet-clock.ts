import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const everyMs = 250

/**
 * A clock that goes slower while more threads want to run than there are cores: what waits its turn is not charged for
 * the others. Where Linux' /proc is missing it goes like any clock.
 */
export class QuietClock {
  #quietMs = 0
  #at = performance.now()
  readonly #timer = setInterval(() => this.now(), everyMs).unref()

  /** ms since the beginning. */
  now(): number {
    const at = performance.now()
    this.#quietMs += (at - this.#at) * shareOfCore()
    this.#at = at
    return this.#quietMs
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Of a thread that wants to run at this moment, 0 to 1. */
function shareOfCore(): number {
  try {
    // proc(5): the fourth field is the number of runnable threads and of all threads.
    const [, running = 1] = /(\d+)\/\d+/.exec(readFileSync('/proc/loadavg', 'utf8')) ?? []
    return Math.min(1, availableParallelism() / Number(running))
  } catch {
    return 1
  }
}
