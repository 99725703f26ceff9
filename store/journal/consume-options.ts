import type { Measurements } from '../../contract/measurements.ts'
import type { DeadLetterRequests } from './dead-letter-requests.ts'
import type { DeadLetterStore } from './dead-letter-store.ts'
import type { Batch, Commit, JournalConsumer } from './journal.ts'
import type { RetryLoop, RetryLoopOptions } from './retry-loop.ts'

/** What to commit for a batch. */
export interface HandledBatch<E> extends Commit<E> {
  /** Called once, when the commit is durable, with what was handled. Must not throw. */
  onCommitted?(source: 'batch' | 'dead letter'): void
}

export interface ConsumeOptions<E> extends RetryLoopOptions {
  consumer: JournalConsumer<E>
  /** Approximate maximum number of entries in a batch. */
  maxEntries: number
  /** First offset, where the handler's own store keeps a cursor of its own. Default: the journal's cursor. */
  startOffset?: number
  /** Pause after a batch that was not full, ms, so that the next one justifies its commit. */
  lingerMs?: number
  /**
   * Do the work of a batch and say what to commit, with the batch's `next` as cursor. Called again while it fails,
   * with the same entries or some of them in their order; with none (see `healthCheck`), or with one dead letter.
   */
  handle(batch: Batch<E>): Promise<HandledBatch<E>>
  /** Resolve while the handler's dependencies work. Default: an empty batch is handled and not committed. */
  healthCheck?(): Promise<unknown>
  /** ms since 1970 UTC. Default: the system clock. */
  now?(): number
  measurements?: Pick<Measurements, 'batchHandled'> | undefined
}

export interface ConsumeContext<E> extends ConsumeOptions<E> {
  deadLetterStore: DeadLetterStore<E>
  retryLoop: RetryLoop
  requests: DeadLetterRequests
}
