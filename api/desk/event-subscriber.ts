import type { DeskEvent, DeskEventCursor } from '../../desk/desk-events.ts'
import { compareCursors } from './event-cursor.ts'

export interface SubscriberOptions {
  /** Initial cursor. */
  cursor: DeskEventCursor
  /** Limit of the queue, events. */
  maxQueued: number
  /** Other events are not queued: those of a flood, for a reader of tickets. Default: all. */
  isWanted?(event: DeskEvent): boolean
  /** Called when the queue would exceed its limit; the subscriber has ended. */
  onOverflow(): void
}

/** Subscriber of the feed: its queue and its cursor. */
export class EventSubscriber {
  readonly #options: SubscriberOptions
  /** Everything up to here was delivered or is queued. */
  cursor: DeskEventCursor
  /** Whether it has caught up with the feed, which pushes to it from then on. */
  caughtUp = false
  ended = false
  #queue: DeskEvent[] = []
  #wake: () => void = () => {}

  constructor(options: SubscriberOptions) {
    this.#options = options
    this.cursor = options.cursor
  }

  /** Queue the events that are after its cursor. */
  push(page: readonly DeskEvent[]): void {
    const news = page.filter(({ cursor }) => compareCursors(cursor, this.cursor) > 0)
    const last = news.at(-1)
    if (last === undefined || !this.caughtUp || this.ended) return
    const { isWanted = () => true } = this.#options
    const wanted = news.filter((event) => isWanted(event))
    if (this.#queue.length + wanted.length > this.#options.maxQueued) {
      this.end()
      this.#options.onOverflow()
      return
    }
    this.#queue.push(...wanted)
    this.cursor = last.cursor
    if (wanted.length > 0) this.#wake()
  }

  /** Return the queued events and empty the queue. */
  takeQueued(): DeskEvent[] {
    return this.#queue.splice(0)
  }

  end(): void {
    this.ended = true
    this.#wake()
  }

  /** Wait until an event is queued, the subscriber ends, or `withinMs` have passed. */
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
