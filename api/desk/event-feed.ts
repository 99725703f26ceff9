import type { Kysely } from 'kysely'
import { type DeskEvent, type DeskEventCursor, readDeskEvents } from '../../desk/desk-events.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import type { Records } from '../../store/records/schema.ts'
import { compareCursors, latestCursor } from './event-cursor.ts'
import { EventSubscriber } from './event-subscriber.ts'

export interface EventFeedOptions {
  records: Kysely<Records>
  /** Interval of reading the records while somebody is subscribed, ms. Default: 500. */
  pollIntervalMs?: number
  /** Limit of the queue of a subscriber, events; beyond it the subscription ends. Default: 2,000. */
  maxQueued?: number
  /** Called when the records become unavailable; reading is tried again. */
  onError(error: unknown): void
}

export interface SubscribeOptions {
  /** Only events after this one; without it, events from now on. */
  after: DeskEventCursor | undefined
  /** Time without an event after which a heartbeat is sent, ms. */
  heartbeatMs: number
  /** Events that the subscriber wants, of those since it has caught up. */
  isWanted(event: DeskEvent): boolean
  /** Called when the subscriber reads more slowly than events occur; its subscription has ended. */
  onOverflow(): void
  /** Ends the subscription. */
  signal: AbortSignal
}

/** Event and the cursor after it; a heartbeat has no event. */
export interface FeedItem {
  cursor: DeskEventCursor
  event?: DeskEvent
}

const pageSize = 500

/**
 * Feed of desk events to many subscribers, with one query of the records for all of them. A new subscriber first reads
 * what it missed with queries of its own, page by page, up to the cursor of the feed. No event is delivered twice: each
 * subscriber keeps its cursor.
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

  /** Number of subscribers. */
  get subscriberCount(): number {
    return this.#subscribers.size
  }

  /** Yield events in order until the signal aborts or the feed is closed. The first item is a heartbeat, at once. */
  async *subscribe({
    after,
    heartbeatMs,
    isWanted,
    onOverflow,
    signal,
  }: SubscribeOptions): AsyncGenerator<FeedItem, undefined> {
    const head = await latestCursor(this.#options.records)
    const { maxQueued = 2_000 } = this.#options
    const listener = new EventSubscriber({ cursor: after ?? head, maxQueued, isWanted, onOverflow })
    const end = () => listener.end()
    signal.addEventListener('abort', end)
    if (signal.aborted || this.#closing.signal.aborted) end()
    this.#subscribers.add(listener)
    this.#running ??= this.#run(head)
    try {
      yield { cursor: listener.cursor }
      yield* this.#catchUp(listener)
      while (!listener.ended) {
        await listener.waitForEvents(heartbeatMs)
        const news = listener.takeQueued()
        if (news.length === 0) yield { cursor: listener.cursor }
        for (const event of news) yield { cursor: event.cursor, event }
      }
    } finally {
      signal.removeEventListener('abort', end)
      this.#subscribers.delete(listener)
    }
  }

  /** End all subscriptions. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const listener of this.#subscribers) listener.end()
    await this.#running
  }

  /** Yield the events between the cursor of the subscriber and that of the feed, which then pushes to it. */
  async *#catchUp(listener: EventSubscriber): AsyncGenerator<FeedItem, undefined> {
    while (!listener.ended) {
      const feedAt = this.#cursor
      const page = await readDeskEvents(this.#options.records, { after: listener.cursor, limit: pageSize })
      for (const event of page) {
        listener.cursor = event.cursor
        yield { cursor: event.cursor, event }
      }
      // Everything up to the cursor of the feed has been read.
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

  /** @returns whether there are probably more events at once */
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
