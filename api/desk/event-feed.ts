import type { Kysely } from 'kysely'
import { type DeskEvent, type DeskEventCursor, readDeskEvents } from '../../desk/desk-events.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import type { Records } from '../../store/records/schema.ts'
import { compareCursors, latestCursor } from './event-cursor.ts'
import { EventSubscriber } from './event-subscriber.ts'

export interface EventFeedOptions {
  records: Kysely<Records>
  /** How often the records are asked while somebody listens. Default 500. */
  pollIntervalMs?: number
  /** How many events may wait for one listener before it is cut off. Default 2,000. */
  maxQueued?: number
  /** Told when the records stop answering; asking goes on. */
  onError(error: unknown): void
}

export interface SubscribeOptions {
  /** Only what is behind this one; without it, what happens from now on. */
  after: DeskEventCursor | undefined
  /** A beat without an event comes after that long. */
  heartbeatMs: number
  /** It was read more slowly than things happened, and is given no more. */
  onOverflow(): void
  /** Ends the listening. */
  signal: AbortSignal
}

/** What a listener is given, and where it stands then; no event: none happened for a while. */
export interface FeedItem {
  cursor: DeskEventCursor
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
  readonly #subscribers = new Set<EventSubscriber>()
  readonly #closing = new AbortController()
  #cursor: DeskEventCursor = '0-0'
  #running: Promise<void> | undefined
  #failing = false

  constructor(options: EventFeedOptions) {
    this.#options = options
  }

  /** How many listen. */
  get subscriberCount(): number {
    return this.#subscribers.size
  }

  /** Events in their order, until the signal aborts or the feed is closed. The first beat, without one, comes at once. */
  async *subscribe({
    after,
    heartbeatMs: idleMs,
    onOverflow: onSlow,
    signal,
  }: SubscribeOptions): AsyncGenerator<FeedItem, undefined> {
    const head = await latestCursor(this.#options.records)
    const { maxQueued: maxWaiting = 2_000 } = this.#options
    const listener = new EventSubscriber({ cursor: after ?? head, maxQueued: maxWaiting, onOverflow: onSlow })
    const end = () => listener.end()
    signal.addEventListener('abort', end)
    if (signal.aborted || this.#closing.signal.aborted) end()
    this.#subscribers.add(listener)
    this.#running ??= this.#run(head)
    try {
      yield { cursor: listener.cursor }
      yield* this.#catchUp(listener)
      while (!listener.ended) {
        await listener.waitForEvents(idleMs)
        const news = listener.takeQueued()
        if (news.length === 0) yield { cursor: listener.cursor }
        for (const event of news) yield { cursor: event.cursor, event }
      }
    } finally {
      signal.removeEventListener('abort', end)
      this.#subscribers.delete(listener)
    }
  }

  /** Ends all listening. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const listener of this.#subscribers) listener.end()
    await this.#running
  }

  /** What happened between where it stands and where the feed stands. Live from then on. */
  async *#catchUp(listener: EventSubscriber): AsyncGenerator<FeedItem, undefined> {
    while (!listener.ended) {
      const feedAt = this.#cursor
      const page = await readDeskEvents(this.#options.records, { after: listener.cursor, limit: pageSize })
      for (const event of page) {
        listener.cursor = event.cursor
        yield { cursor: event.cursor, event }
      }
      // All up to where the feed stood was there to be read.
      if (page.length < pageSize && this.#cursor === feedAt) break
    }
    if (compareCursors(this.#cursor, listener.cursor) > 0) listener.cursor = this.#cursor
    listener.caughtUp = true
  }

  async #run(from: DeskEventCursor): Promise<void> {
    this.#cursor = from
    while (this.#subscribers.size > 0 && !this.#closing.signal.aborted) {
      const isMore = await this.#poll()
      if (!isMore) await abortableSleep(this.#options.pollIntervalMs ?? 500, this.#closing.signal)
    }
    this.#running = undefined
  }

  /** @returns whether there is probably more at once */
  async #poll(): Promise<boolean> {
    try {
      const page = await readDeskEvents(this.#options.records, { after: this.#cursor, limit: pageSize })
      this.#failing = false
      this.#cursor = page.at(-1)?.cursor ?? this.#cursor
      for (const listener of this.#subscribers) listener.push(page)
      return page.length === pageSize
    } catch (error) {
      if (!this.#failing) this.#options.onError(error)
      this.#failing = true
      return false
    }
  }
}
