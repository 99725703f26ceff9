import { AsideShelf } from './aside-shelf.ts'
import type { ConsumeOptions, Consuming } from './consume-options.ts'
import { grantWishes } from './grant-wishes.ts'
import { handleBatch } from './handle-batch.ts'
import type { Aside } from './journal.ts'
import { type ConsumeStatus, Patience, pause, stopped } from './patience.ts'
import { Wishes, type WishOutcome } from './wishes.ts'

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
