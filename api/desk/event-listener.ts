import type { DeskEvent, DeskEventCursor } from '../../desk/desk-events.ts'
import { byPlace } from './event-place.ts'

export interface ListenerOptions {
  /** Where it stands at first. */
  at: DeskEventCursor
  /** How many events may wait for it. */
  maxWaiting: number
  /** Called when more would wait: it is to be cut off. */
  onSlow(): void
}

/** One that listens to the feed: what waits for it, and up to where it was told. */
export class EventListener {
  readonly #options: ListenerOptions
  /** All up to here was given to it, or waits for it. */
  at: DeskEventCursor
  /** Whether it has caught up with the feed, and is told what comes. */
  live = false
  ended = false
  #waiting: DeskEvent[] = []
  #wake: () => void = () => {}

  constructor(options: ListenerOptions) {
    this.#options = options
    this.at = options.at
  }

  /** Of these, what is new to it waits for it from now on. */
  tell(page: readonly DeskEvent[]): void {
    const news = page.filter(({ cursor }) => byPlace(cursor, this.at) > 0)
    const last = news.at(-1)
    if (last === undefined || !this.live || this.ended) return
    if (this.#waiting.length + news.length > this.#options.maxWaiting) {
      this.end()
      this.#options.onSlow()
      return
    }
    this.#waiting.push(...news)
    this.at = last.cursor
    this.#wake()
  }

  /** What waits for it, which waits no more. */
  take(): DeskEvent[] {
    return this.#waiting.splice(0)
  }

  end(): void {
    this.ended = true
    this.#wake()
  }

  /** Resolves when something waits, when it ends, or after that long. */
  something(withinMs: number): Promise<void> {
    if (this.ended || this.#waiting.length > 0) return Promise.resolve()
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
