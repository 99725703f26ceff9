import { setTimeout as sleep } from 'node:timers/promises'
import type { TelemetryEntry } from '../../contract/entry.ts'
import { backlogBytes } from '../../store/journal/backlog.ts'
import {
  type AppendOptions,
  type Journal,
  JournalFullError,
  JournalWriteError,
} from '../../store/journal/journal.ts'

/** Why devices are acknowledged later than they could be, or not at all. */
export type HeldBack =
  | { by: 'backlog'; pauseMs: number }
  | { by: 'full journal' }
  | { by: 'failing journal'; error: string }

export interface PatientAppenderOptions {
  journal: Pick<Journal, 'append' | 'room' | 'info'>
  /** ms; how full the journal is, is asked ten times a second. */
  now: () => number
  /** Gives up what waits. */
  signal: AbortSignal
}

/** From this share of the journal on, what consumers have yet to read slows acceptance down… */
const slowFrom = 0.8
/** …until each commit waits so long where it is full. */
const longestSlowMs = 1_000
const askEveryMs = 100
const firstPauseMs = 100
const longestPauseMs = 5_000

/**
 * Appends to the journal for as long as that takes: while it is full or its disk refuses, nothing is acknowledged, nothing
 * dropped, and it goes on by itself. Devices feel that coming: the last fifth of the journal fills ever more slowly.
 */
export class PatientAppender {
  readonly #options: PatientAppenderOptions
  #heldBack: HeldBack | undefined
  #asked = { at: Number.NEGATIVE_INFINITY, pauseMs: 0 }

  constructor(options: PatientAppenderOptions) {
    this.#options = options
  }

  get heldBack(): HeldBack | undefined {
    return this.#heldBack
  }

  /** @returns `given up` when the signal aborted before it was on disk. @throws what the journal throws otherwise */
  async append(entries: readonly TelemetryEntry[], options: AppendOptions): Promise<'done' | 'given up'> {
    const { journal, signal } = this.#options
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        const slowMs = await this.#slowMs()
        await pause(slowMs, signal)
        await journal.append('telemetry', entries, options)
        this.#heldBack = slowMs > 0 ? { by: 'backlog', pauseMs: slowMs } : undefined
        return 'done'
      } catch (error) {
        await this.#outlast(error, pauseMs)
        if (signal.aborted) return 'given up'
      }
    }
  }

  async #outlast(error: unknown, pauseMs: number): Promise<void> {
    const { journal, signal } = this.#options
    if (error instanceof JournalFullError) {
      this.#heldBack = { by: 'full journal' }
      await journal.room(signal)
    } else if (error instanceof JournalWriteError) {
      this.#heldBack = { by: 'failing journal', error: error.message }
      await pause(pauseMs, signal)
    } else throw error
  }

  async #slowMs(): Promise<number> {
    const { journal, now } = this.#options
    if (now() - this.#asked.at >= askEveryMs) {
      const info = await journal.info()
      const excess = backlogBytes(info) / info.maxBytes - slowFrom
      const share = Math.min(1, Math.max(0, excess / (1 - slowFrom)))
      this.#asked = { at: now(), pauseMs: Math.round(share * longestSlowMs) }
    }
    return this.#asked.pauseMs
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
