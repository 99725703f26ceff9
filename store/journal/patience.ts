import { setTimeout as sleep } from 'node:timers/promises'
import { JournalClosedError, JournalFencedError } from './journal.ts'

/** Exponential backoff: the first pause, doubled after each failure up to the longest. */
interface RetryPolicy {
  firstMs: number
  longestMs: number
}

export interface ConsumeStatus {
  /** Failures since the start. */
  errors: number
  /** Failures in a row; 0 while all is well. */
  failures: number
  lastError?: unknown
}

export interface PatienceOptions {
  retry: RetryPolicy
  signal: AbortSignal
  /** Told of each failure, with how many there were in a row. */
  onError(error: unknown, failures: number): void
}

/** Given in place of a result when the signal aborted before there was one. */
export const stopped: unique symbol = Symbol('stopped')

/** Counts and tells failures, and tries again. */
export class Patience {
  readonly status: ConsumeStatus = { errors: 0, failures: 0 }
  readonly #options: PatienceOptions

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /** Tries for ever, with backoff. @throws JournalClosedError, JournalFencedError */
  async untilDone<T>(step: () => Promise<T>): Promise<T | typeof stopped> {
    for (let failures = 1; ; failures++) {
      try {
        const result = await step()
        this.succeeded()
        return result
      } catch (error) {
        this.failed(error)
      }
      await this.pause(failures)
      if (this.#options.signal.aborted) return stopped
    }
  }

  succeeded(): void {
    this.status.failures = 0
  }

  /** @throws what was thrown, when trying again is no use: the journal is closed, or another process has it */
  failed(error: unknown): void {
    if (error instanceof JournalClosedError || error instanceof JournalFencedError) throw error
    this.status.errors += 1
    this.status.failures += 1
    this.status.lastError = error
    this.#options.onError(error, this.status.failures)
  }

  /** Waits as long as is due after so many failures; `wake` ends it early. */
  pause(failures: number, wake: AbortSignal = this.#options.signal): Promise<void> {
    const { firstMs, longestMs } = this.#options.retry
    return pause(Math.min(longestMs, firstMs * 2 ** (failures - 1)), wake)
  }
}

/** Ends early, without an error, when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
