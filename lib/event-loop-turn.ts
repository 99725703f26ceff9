import { monotonicNow } from './monotonic-clock.ts'

/** How long work may hold up the event loop, ms: messages are acknowledged by the same thread. */
const maxTurnMs = 5

/** Part of a long computation between two visits of the event loop: `if (turn.isOver) await turn.next()`. */
export class EventLoopTurn {
  #startedAt = monotonicNow()

  get isOver(): boolean {
    return monotonicNow() - this.#startedAt >= maxTurnMs
  }

  /** Let everything else that waits for the event loop run first. */
  async next(): Promise<void> {
    await nextTurn()
    this.#startedAt = monotonicNow()
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
