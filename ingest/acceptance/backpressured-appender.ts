import type { TelemetryEntry } from '../../contract/entry.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import {
  type AppendOptions,
  type Journal,
  JournalFullError,
  JournalWriteError,
} from '../../store/journal/journal.ts'
import { backlogBytes } from '../../store/journal/journal-state.ts'

/** Reason for delaying or withholding acknowledgements. */
export type Backpressure =
  | { by: 'backlog'; pauseMs: number }
  | { by: 'journal_full' }
  | { by: 'journal_failing'; error: string }
  /** The clock of this machine is certainly wrong, so messages cannot be validated. */
  | { by: 'clock'; detail: string }

export interface BackpressuredAppenderOptions {
  journal: Pick<Journal, 'append' | 'waitForSpace' | 'info'>
  /** ms, by a monotonic clock; the fill level of the journal is measured ten times a second. */
  now: () => number
  /** Ends the retries. */
  signal: AbortSignal
}

/** Fill level, as a share of the journal, from which the consumers' backlog slows acceptance down… */
export const throttleFromFraction = 0.8
/** …up to this delay of each commit where the journal is full. */
const maxThrottleMs = 1_000
const measureIntervalMs = 100
const initialBackoffMs = 100
const maxBackoffMs = 5_000

/**
 * Appends to the journal, with retries without limit: while it is full or its disk fails, nothing is acknowledged and nothing
 * dropped. Before that, devices are slowed down: the last fifth of the journal fills ever more slowly.
 */
export class BackpressuredAppender {
  readonly #options: BackpressuredAppenderOptions
  #backpressure: Backpressure | undefined
  #measured = { at: Number.NEGATIVE_INFINITY, pauseMs: 0 }

  constructor(options: BackpressuredAppenderOptions) {
    this.#options = options
  }

  get backpressure(): Backpressure | undefined {
    return this.#backpressure
  }

  /** @returns `given up` when the signal aborted first. @throws other errors of the journal */
  async append(entries: readonly TelemetryEntry[], options: AppendOptions): Promise<'done' | 'given up'> {
    const { journal, signal } = this.#options
    for (let pauseMs = initialBackoffMs; ; pauseMs = Math.min(2 * pauseMs, maxBackoffMs)) {
      try {
        const slowMs = await this.#throttleMs()
        await abortableSleep(slowMs, signal)
        await journal.append('telemetry', entries, options)
        this.#backpressure = slowMs > 0 ? { by: 'backlog', pauseMs: slowMs } : undefined
        return 'done'
      } catch (error) {
        await this.#waitOutFailure(error, pauseMs)
        if (signal.aborted) return 'given up'
      }
    }
  }

  async #waitOutFailure(error: unknown, pauseMs: number): Promise<void> {
    const { journal, signal } = this.#options
    if (error instanceof JournalFullError) {
      this.#backpressure = { by: 'journal_full' }
      await journal.waitForSpace(signal)
    } else if (error instanceof JournalWriteError) {
      this.#backpressure = { by: 'journal_failing', error: error.message }
      await abortableSleep(pauseMs, signal)
    } else throw error
  }

  async #throttleMs(): Promise<number> {
    const { journal, now } = this.#options
    if (now() - this.#measured.at >= measureIntervalMs) {
      const info = await journal.info()
      const excess = backlogBytes(info) / info.maxBytes - throttleFromFraction
      const share = Math.min(1, Math.max(0, excess / (1 - throttleFromFraction)))
      this.#measured = { at: now(), pauseMs: Math.round(share * maxThrottleMs) }
    }
    return this.#measured.pauseMs
  }
}
