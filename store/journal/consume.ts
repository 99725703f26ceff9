import { abortableSleep } from '../../lib/abortable-sleep.ts'
import type { ConsumeContext, ConsumeOptions } from './consume-options.ts'
import { type DeadLetterRequestOutcome, DeadLetterRequests } from './dead-letter-requests.ts'
import { DeadLetterStore } from './dead-letter-store.ts'
import { handleBatch } from './handle-batch.ts'
import type { DeadLetterEntry } from './journal.ts'
import { processDeadLetterRequests } from './process-dead-letter-requests.ts'
import { aborted, RetryLoop, type RetryStatus } from './retry-loop.ts'

export interface RunningConsumer {
  readonly status: Readonly<RetryStatus>
  /** Resolve when the signal has aborted and the batch in work is committed or given up. */
  readonly done: Promise<void>
  /** What was set aside, by offset. */
  deadLetters(): DeadLetterEntry[]
  /** Handle again what was set aside, once, as soon as the batch in work lets it. */
  retry(offset: number): Promise<DeadLetterRequestOutcome>
  /** Forget what was set aside. */
  drop(offset: number): Promise<DeadLetterRequestOutcome>
}

/**
 * The loop of every consumer: reads, handles, commits, goes on. What fails is tried again for ever, each step by itself:
 * a handled batch whose commit fails is committed again and not handled twice. But an entry that cannot be handled while
 * everything behind is well (`handle-batch.ts`) is set aside, and the rest goes on.
 *
 * `done` rejects only when the journal was closed before the signal aborted, or another process has taken it over.
 */
export function consume<E>(options: ConsumeOptions<E>): RunningConsumer {
  const shelf = new DeadLetterStore<E>()
  const patience = new RetryLoop(options)
  const wishes = new DeadLetterRequests(options.signal)
  const done = runConsumeLoop({
    ...options,
    deadLetterStore: shelf,
    retryLoop: patience,
    requests: wishes,
  }).finally(() => wishes.close())
  return {
    status: patience.status,
    done,
    deadLetters: () => shelf.all(),
    retry: (offset) => wishes.add({ action: 'retry', offset }),
    drop: (offset) => wishes.add({ action: 'drop', offset }),
  }
}

async function runConsumeLoop<E>(consuming: ConsumeContext<E>): Promise<void> {
  const {
    consumer,
    maxEntries,
    lingerMs: collectMs = 0,
    signal,
    deadLetterStore: shelf,
    retryLoop: patience,
    requests: wishes,
  } = consuming
  if ((await patience.retryUntilDone(() => shelf.load(consumer))) === aborted) return
  let next = consuming.startOffset ?? (await consumer.cursor())
  while (!signal.aborted) {
    await processDeadLetterRequests(consuming, next)
    const batch = await patience.retryUntilDone(() => consumer.read(next, maxEntries, wishes.pendingSignal))
    if (batch === aborted || batch.entries.length === 0) continue
    if ((await handleBatch(consuming, batch)) === aborted) continue
    next = batch.next
    if (batch.entries.length < maxEntries) await abortableSleep(collectMs, signal)
  }
}
