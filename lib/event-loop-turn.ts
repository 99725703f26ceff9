import { monotonicNow } from './monotonic-clock.ts'

/** How long work may hold up the event loop, ms: messages are acknowledged by the same thread. */
const maxTurnMs = 5

/** Part of a long computation between two visits of the event loop: `if (turn.isOver) await turn.next()`. */
export class EventLoopTurn {
  readonly #now: () => number
  #startedAt: number

  /** @param now monotonic clock, ms */
  constructor(now: () => number = monotonicNow) {
    this.#now = now
    this.#startedAt = now()
  }

  get isOver(): boolean {
    return this.#now() - this.#startedAt >= maxTurnMs
  }

  /** Let everything else that waits for the event loop run first. */
  async next(): Promise<void> {
    await nextTurn()
    this.#startedAt = this.#now()
  }
}

/** Resolve when everything else that waits for the event loop has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
