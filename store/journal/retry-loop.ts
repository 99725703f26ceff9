import { abortableSleep } from '../../lib/abortable-sleep.ts'
import { JournalClosedError, JournalFencedError } from './journal.ts'

/** Exponential backoff: the first pause, doubled after each failure up to the longest. */
interface RetryPolicy {
  initialMs: number
  maxMs: number
}

export interface RetryStatus {
  /** Failures since the start. */
  totalFailures: number
  /** Failures in a row; 0 while all is well. */
  consecutiveFailures: number
  lastError?: unknown
}

export interface RetryLoopOptions {
  retry: RetryPolicy
  signal: AbortSignal
  /** Told of each failure, with how many there were in a row. */
  onError(error: unknown, failures: number): void
}

/** Given in place of a result when the signal aborted before there was one. */
export const aborted: unique symbol = Symbol('stopped')

/** Counts and tells failures, and tries again. */
export class RetryLoop {
  readonly status: RetryStatus = { totalFailures: 0, consecutiveFailures: 0 }
  readonly #options: RetryLoopOptions

  constructor(options: RetryLoopOptions) {
    this.#options = options
  }

  /** Try for ever, with backoff. @throws JournalClosedError, JournalFencedError */
  async retryUntilDone<T>(step: () => Promise<T>): Promise<T | typeof aborted> {
    for (let failures = 1; ; failures++) {
      try {
        const result = await step()
        this.recordSuccess()
        return result
      } catch (error) {
        this.recordFailure(error)
      }
      await this.backOff(failures)
      if (this.#options.signal.aborted) return aborted
    }
  }

  recordSuccess(): void {
    this.status.consecutiveFailures = 0
  }

  /** @throws what was thrown, when trying again is no use: the journal is closed, or another process has it */
  recordFailure(error: unknown): void {
    if (error instanceof JournalClosedError || error instanceof JournalFencedError) throw error
    this.status.totalFailures += 1
    this.status.consecutiveFailures += 1
    this.status.lastError = error
    this.#options.onError(error, this.status.consecutiveFailures)
  }

  /** Wait as long as is due after so many failures; `wake` ends it early. */
  backOff(failures: number, wake: AbortSignal = this.#options.signal): Promise<void> {
    const { initialMs: firstMs, maxMs: longestMs } = this.#options.retry
    return abortableSleep(Math.min(longestMs, firstMs * 2 ** (failures - 1)), wake)
  }
}
