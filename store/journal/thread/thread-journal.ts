import type { MessagePort } from 'node:worker_threads'
import { ThreadLink } from '../../../lib/threads/thread-link.ts'
import type { JournalHistory } from '../history/journal-history.ts'
import {
  type AppendOptions,
  type Batch,
  type Journal,
  JournalClosedError,
  type JournalInfo,
  type StoredConsumer,
  type StreamName,
  type Streams,
  type Tally,
} from '../journal.ts'
import { type JournalLink, journalErrors } from './journal-calls.ts'
import { ThreadConsumer } from './thread-consumer.ts'

/** Use a journal that another thread owns and serves on a port (`serveJournal`). When the port closes, the journal is closed. */
export async function connectJournal(port: MessagePort): Promise<Journal> {
  const link: JournalLink = new ThreadLink(port, { handlers: {}, errors: journalErrors })
  port.on(
    'close',
    () => void link.fail(new JournalClosedError('the thread that owns the journal has closed it')),
  )
  return new ThreadJournal(link, await link.call('history', undefined))
}

/** The journal of another thread. Entries and states are encoded and decoded here, by the thread that uses them. */
class ThreadJournal implements Journal {
  readonly #link: JournalLink
  readonly #history: JournalHistory

  constructor(link: JournalLink, history: JournalHistory) {
    this.#link = link
    this.#history = history
  }

  append<S extends StreamName>(
    stream: S,
    entries: readonly Streams[S][],
    options: AppendOptions = {},
  ): Promise<number> {
    return this.#link.call('append', { stream, entries, options })
  }

  waitForSpace(signal: AbortSignal): Promise<void> {
    return this.#link.call('waitForSpace', undefined, signal)
  }

  async consumer<S extends StreamName>(name: string, stream: S): Promise<StoredConsumer<Streams[S]>> {
    await this.#link.call('register', { consumer: name, stream })
    return new ThreadConsumer<Streams[S]>(this.#link, name)
  }

  async *scan<S extends StreamName>(stream: S, from: number): AsyncIterable<Batch<Streams[S]>> {
    for (let next = from; ; ) {
      const batch = (await this.#link.call('scan', { stream, from: next })) as Batch<Streams[S]>
      if (batch.entries.length === 0) return
      yield batch
      next = batch.next
    }
  }

  facts(prefix: string): Promise<Map<string, unknown>> {
    return this.#link.call('facts', prefix)
  }

  tally(): Promise<Tally> {
    return this.#link.call('tally', undefined)
  }

  info(): Promise<JournalInfo> {
    return this.#link.call('info', undefined)
  }

  history(): JournalHistory {
    return this.#history
  }

  close(): Promise<void> {
    return this.#link.call('close', undefined)
  }
}
