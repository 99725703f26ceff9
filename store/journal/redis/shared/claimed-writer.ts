import { RedisJournal, type RedisJournalDependencies } from '../redis-journal.ts'
import type { PartitionMonitor } from './partition-monitor.ts'
import type { JournalWriter } from './writers.ts'

/** Writes of consumers are confirmed a little later: others need that for trimming alone. */
const confirmCursorMs = 100
/** Where nothing is appended, what all consumers have read is trimmed after this time. */
const trimIdleMs = 50

/**
 * A journal of one writer among several. It sees what the other writers have confirmed, and lets them see its own writes: a
 * write is confirmed by the next one, or, where none follows, by one that writes nothing.
 */
export class ClaimedWriter {
  readonly journal: RedisJournal
  readonly #writer: JournalWriter
  readonly #stopObserving: () => void
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #trimmedTo = ''

  constructor(
    writer: JournalWriter,
    parts: Omit<RedisJournalDependencies, 'onClosed' | 'onCommitted'>,
    monitor: PartitionMonitor,
  ) {
    this.#writer = writer
    const journal = new RedisJournal({
      ...parts,
      onCommitted: () => this.#confirmSoon(),
      onClosed: () => this.#close(),
    })
    this.journal = journal
    const own = new Set(Object.keys(writer.consumers))
    this.#stopObserving = monitor.observe((confirmed) => {
      journal.observe(confirmed, own)
      this.#trimSoon()
    })
  }

  #confirmSoon(): void {
    if (this.#writer.streams.length === 0) {
      this.#timer ??= setTimeout(() => this.#confirm(), confirmCursorMs)
      return
    }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#confirm(), 0)
  }

  /** Consumers of other processes have moved on: what is appended next trims, or this where nothing is. */
  #trimSoon(): void {
    const target = this.journal.trimTargets().join()
    if (target !== this.#trimmedTo)
      this.#timer ??= setTimeout(() => this.#confirm(), this.journal.isFull ? 0 : trimIdleMs)
    this.#trimmedTo = target
  }

  #confirm(): void {
    this.#timer = undefined
    // Where it fails, the next write confirms.
    if (!this.#isClosed) this.journal.confirm().catch(() => undefined)
  }

  #close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#stopObserving()
  }
}
