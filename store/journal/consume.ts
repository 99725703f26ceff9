import { AsideShelf } from './aside-shelf.ts'
import { grantWishes } from './grant-wishes.ts'
import { handleBatch } from './handle-batch.ts'
import type { Aside, Batch, Commit, JournalConsumer } from './journal.ts'
import { type ConsumeStatus, Patience, type PatienceOptions, pause, stopped } from './patience.ts'
import { Wishes, type WishOutcome } from './wishes.ts'

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

export interface Consumption {
  readonly status: Readonly<ConsumeStatus>
  /** Resolves when the signal has aborted and the batch in work is committed or given up. */
  readonly done: Promise<void>
  /** What was set aside, by offset. */
  asides(): Aside[]
  /** Handles again what was set aside, once, as soon as the batch in work lets it. */
  retry(offset: number): Promise<WishOutcome>
  /** Forgets what was set aside. */
  drop(offset: number): Promise<WishOutcome>
}

/**
 * The loop of every consumer: reads, handles, commits, goes on. What fails is tried again for ever, each step by itself:
 * a handled batch whose commit fails is committed again and not handled twice. But an entry that cannot be handled while
 * everything behind is well (`handle-batch.ts`) is set aside, and the rest goes on.
 *
 * `done` rejects only when the journal was closed before the signal aborted, or another process has taken it over.
 */
export function consume<E>(options: ConsumeOptions<E>): Consumption {
  const shelf = new AsideShelf<E>()
  const patience = new Patience(options)
  const wishes = new Wishes(options.signal)
  const done = run({ ...options, shelf, patience, wishes }).finally(() => wishes.end())
  return {
    status: patience.status,
    done,
    asides: () => shelf.all(),
    retry: (offset) => wishes.add({ do: 'retry', offset }),
    drop: (offset) => wishes.add({ do: 'drop', offset }),
  }
}

export interface Consuming<E> extends ConsumeOptions<E> {
  shelf: AsideShelf<E>
  patience: Patience
  wishes: Wishes
}

async function run<E>(consuming: Consuming<E>): Promise<void> {
  const { consumer, maxEntries, collectMs = 0, signal, shelf, patience, wishes } = consuming
  if ((await patience.untilDone(() => shelf.load(consumer))) === stopped) return
  let next = consuming.from ?? (await consumer.cursor())
  while (!signal.aborted) {
    await grantWishes(consuming, next)
    const batch = await patience.untilDone(() => consumer.read(next, maxEntries, wishes.signal))
    if (batch === stopped || batch.entries.length === 0) continue
    if ((await handleBatch(consuming, batch)) === stopped) continue
    next = batch.next
    if (batch.entries.length < maxEntries) await pause(collectMs, signal)
  }
}
