import type { DeadLetterRequests } from './dead-letter-requests.ts'
import type { DeadLetterStore } from './dead-letter-store.ts'
import type { Batch, Commit, JournalConsumer } from './journal.ts'
import type { RetryLoop, RetryLoopOptions } from './retry-loop.ts'

export interface ConsumeOptions<E> extends RetryLoopOptions {
  consumer: JournalConsumer<E>
  /** About how many entries one batch may have. */
  maxEntries: number
  /** Where to begin, when the handler's own store knows better than the journal. */
  startOffset?: number
  /** Pause after a batch that was not full, so that the next one is worth its commit. */
  lingerMs?: number
  /**
   * Do the work of a batch and say what to commit, with the batch's `next` as cursor. Called again while it fails,
   * with the same entries or some of them in their order; with none (see `probe`), or with one that was set aside.
   */
  handle(batch: Batch<E>): Promise<Commit<E>>
  /** Succeed while all is well that the handler works with. Without it, an empty batch is handled and not committed. */
  healthCheck?(): Promise<unknown>
  /** Default: the clock. */
  now?(): number
}

export interface ConsumeContext<E> extends ConsumeOptions<E> {
  deadLetterStore: DeadLetterStore<E>
  retryLoop: RetryLoop
  requests: DeadLetterRequests
}
