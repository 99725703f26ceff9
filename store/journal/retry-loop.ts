import { abortableSleep } from '../../lib/abortable-sleep.ts'
import { JournalClosedError, JournalFencedError } from './journal.ts'

/** Exponential backoff: first pause, doubled after each failure up to the maximum, ms. */
interface RetryPolicy {
  initialMs: number
  maxMs: number
}

export interface RetryStatus {
  /** Failures since the start. */
  totalFailures: number
  /** Failures in a row; 0 after a success. */
  consecutiveFailures: number
  lastError?: unknown
}

export interface RetryLoopOptions {
  retry: RetryPolicy
  signal: AbortSignal
  /** Called on each failure, with the number of failures in a row. */
  onError(error: unknown, failures: number): void
  /** Called when `RetryLoop.status` has changed. */
  onStatusChange?(status: Readonly<RetryStatus>): void
}

/** Returned in place of a result when the signal aborted first. */
export const aborted: unique symbol = Symbol('stopped')

/** Retries a step with exponential backoff; counts and reports failures. */
export class RetryLoop {
  readonly status: RetryStatus = { totalFailures: 0, consecutiveFailures: 0 }
  readonly #options: RetryLoopOptions

  constructor(options: RetryLoopOptions) {
    this.#options = options
  }

  /** Retry without limit, with backoff. @throws JournalClosedError, JournalFencedError */
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
    if (this.status.consecutiveFailures === 0) return
    this.status.consecutiveFailures = 0
    this.#options.onStatusChange?.(this.status)
  }

  /** @throws the error itself where a retry cannot help: the journal is closed, or another process has taken over */
  recordFailure(error: unknown): void {
    if (error instanceof JournalClosedError || error instanceof JournalFencedError) throw error
    this.status.totalFailures += 1
    this.status.consecutiveFailures += 1
    this.status.lastError = error
    this.#options.onStatusChange?.(this.status)
    this.#options.onError(error, this.status.consecutiveFailures)
  }

  /** Wait for the pause that is due after this number of failures; `wake` ends it early. */
  backOff(failures: number, wake: AbortSignal = this.#options.signal): Promise<void> {
    const { initialMs, maxMs } = this.#options.retry
    return abortableSleep(Math.min(maxMs, initialMs * 2 ** (failures - 1)), wake)
  }
}
