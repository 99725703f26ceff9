import type { Kysely } from 'kysely'
import { type DeskEvent, type DeskEventCursor, readDeskEvents } from '../../desk/desk-events.ts'
import type { Records } from '../../store/records/schema.ts'
import { EventListener } from './event-listener.ts'
import { byPlace, lastPlace } from './event-place.ts'

export interface EventFeedOptions {
  records: Kysely<Records>
  /** How often the records are asked while somebody listens. Default 500. */
  everyMs?: number
  /** How many events may wait for one listener before it is cut off. Default 2,000. */
  maxWaiting?: number
  /** Told when the records stop answering; asking goes on. */
  onError(error: unknown): void
}

export interface ListenOptions {
  /** Only what is behind this one; without it, what happens from now on. */
  after: DeskEventCursor | undefined
  /** A beat without an event comes after that long. */
  idleMs: number
  /** It was read more slowly than things happened, and is given no more. */
  onSlow(): void
  /** Ends the listening. */
  signal: AbortSignal
}

/** What a listener is given, and where it stands then; no event: none happened for a while. */
export interface Beat {
  at: DeskEventCursor
  event?: DeskEvent
}

const pageSize = 500

/**
 * What happens at the desk, for many listeners, with one question to the records for all of them. One that joins first
 * reads by itself what it missed, page by page, until it stands where the feed stands. Nothing is given twice: each knows
 * up to where it was given.
 */
export class EventFeed {
  readonly #options: EventFeedOptions
  readonly #listeners = new Set<EventListener>()
  readonly #closing = new AbortController()
  #at: DeskEventCursor = '0-0'
  #running: Promise<void> | undefined
  #failing = false

  constructor(options: EventFeedOptions) {
    this.#options = options
  }

  /** How many listen. */
  get size(): number {
    return this.#listeners.size
  }

  /** Events in their order, until the signal aborts or the feed is closed. The first beat, without one, comes at once. */
  async *listen({ after, idleMs, onSlow, signal }: ListenOptions): AsyncGenerator<Beat, undefined> {
    const head = await lastPlace(this.#options.records)
    const { maxWaiting = 2_000 } = this.#options
    const listener = new EventListener({ at: after ?? head, maxWaiting, onSlow })
    const end = () => listener.end()
    signal.addEventListener('abort', end)
    if (signal.aborted || this.#closing.signal.aborted) end()
    this.#listeners.add(listener)
    this.#running ??= this.#run(head)
    try {
      yield { at: listener.at }
      yield* this.#missed(listener)
      while (!listener.ended) {
        await listener.something(idleMs)
        const news = listener.take()
        if (news.length === 0) yield { at: listener.at }
        for (const event of news) yield { at: event.cursor, event }
      }
    } finally {
      signal.removeEventListener('abort', end)
      this.#listeners.delete(listener)
    }
  }

  /** Ends all listening. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const listener of this.#listeners) listener.end()
    await this.#running
  }

  /** What happened between where it stands and where the feed stands. Live from then on. */
  async *#missed(listener: EventListener): AsyncGenerator<Beat, undefined> {
    while (!listener.ended) {
      const feedAt = this.#at
      const page = await readDeskEvents(this.#options.records, { after: listener.at, limit: pageSize })
      for (const event of page) {
        listener.at = event.cursor
        yield { at: event.cursor, event }
      }
      // All up to where the feed stood was there to be read.
      if (page.length < pageSize && this.#at === feedAt) break
    }
    if (byPlace(this.#at, listener.at) > 0) listener.at = this.#at
    listener.live = true
  }

  async #run(from: DeskEventCursor): Promise<void> {
    this.#at = from
    while (this.#listeners.size > 0 && !this.#closing.signal.aborted) {
      const isMore = await this.#ask()
      if (!isMore) await pause(this.#options.everyMs ?? 500, this.#closing.signal)
    }
    this.#running = undefined
  }

  /** @returns whether there is probably more at once */
  async #ask(): Promise<boolean> {
    try {
      const page = await readDeskEvents(this.#options.records, { after: this.#at, limit: pageSize })
      this.#failing = false
      this.#at = page.at(-1)?.cursor ?? this.#at
      for (const listener of this.#listeners) listener.tell(page)
      return page.length === pageSize
    } catch (error) {
      if (!this.#failing) this.#options.onError(error)
      this.#failing = true
      return false
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
