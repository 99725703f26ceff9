import type { DeskEvent, DeskEventCursor } from '../../desk/desk-events.ts'
import { compareCursors } from './event-cursor.ts'

export interface SubscriberOptions {
  /** Where it stands at first. */
  cursor: DeskEventCursor
  /** How many events may wait for it. */
  maxQueued: number
  /** Called when more would wait: it is to be cut off. */
  onOverflow(): void
}

/** One that listens to the feed: what waits for it, and up to where it was told. */
export class EventSubscriber {
  readonly #options: SubscriberOptions
  /** All up to here was given to it, or waits for it. */
  cursor: DeskEventCursor
  /** Whether it has caught up with the feed, and is told what comes. */
  caughtUp = false
  ended = false
  #queue: DeskEvent[] = []
  #wake: () => void = () => {}

  constructor(options: SubscriberOptions) {
    this.#options = options
    this.cursor = options.cursor
  }

  /** Of these, what is new to it waits for it from now on. */
  push(page: readonly DeskEvent[]): void {
    const news = page.filter(({ cursor }) => compareCursors(cursor, this.cursor) > 0)
    const last = news.at(-1)
    if (last === undefined || !this.caughtUp || this.ended) return
    if (this.#queue.length + news.length > this.#options.maxQueued) {
      this.end()
      this.#options.onOverflow()
      return
    }
    this.#queue.push(...news)
    this.cursor = last.cursor
    this.#wake()
  }

  /** What waits for it, which waits no more. */
  takeQueued(): DeskEvent[] {
    return this.#queue.splice(0)
  }

  end(): void {
    this.ended = true
    this.#wake()
  }

  /** Resolves when something waits, when it ends, or after that long. */
  waitForEvents(withinMs: number): Promise<void> {
    if (this.ended || this.#queue.length > 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), withinMs)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = () => {}
        resolve()
      }
    })
  }
}
