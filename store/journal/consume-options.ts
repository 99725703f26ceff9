import type { AsideShelf } from './aside-shelf.ts'
import type { Batch, Commit, JournalConsumer } from './journal.ts'
import type { Patience, PatienceOptions } from './patience.ts'
import type { Wishes } from './wishes.ts'

export interface ConsumeOptions<E> extends PatienceOptions {
  consumer: JournalConsumer<E>
  /** About how many entries one batch may have. */
  maxEntries: number
  /** Where to begin, when the handler's own store knows better than the journal. */
  from?: number
  /** Pause after a batch that was not full, so that the next one is worth its commit. */
  collectMs?: number
  /**
   * Does the work of a batch and says what to commit, with the batch's `next` as cursor. Called again while it fails,
   * with the same entries or some of them in their order; with none (see `probe`), or with one that was set aside.
   */
  handle(batch: Batch<E>): Promise<Commit<E>>
  /** Succeeds while all is well that the handler works with. Without it, an empty batch is handled and not committed. */
  probe?(): Promise<unknown>
  /** Default: the clock. */
  now?(): number
}

export interface Consuming<E> extends ConsumeOptions<E> {
  shelf: AsideShelf<E>
  patience: Patience
  wishes: Wishes
}
