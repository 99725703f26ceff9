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
  /** Return the dead letters, by offset. */
  deadLetters(): Promise<DeadLetterEntry[]>
  /** Retry a dead letter once, between two batches. */
  retry(offset: number): Promise<DeadLetterRequestOutcome>
  /** Discard a dead letter. */
  drop(offset: number): Promise<DeadLetterRequestOutcome>
}

/**
 * Run the loop of a consumer: read, handle, commit. A step that fails is retried without limit, each step separately:
 * a handled batch whose commit fails is committed again and not handled twice. An entry that cannot be handled while
 * all dependencies work (`handle-batch.ts`) becomes a dead letter, and the rest continues.
 *
 * `done` rejects only when the journal was closed before the signal aborted, or another process has taken it over.
 */
export function consume<E>(options: ConsumeOptions<E>): RunningConsumer {
  const shelf = new DeadLetterStore<E>()
  const retryLoop = new RetryLoop(options)
  const requests = new DeadLetterRequests(options.signal)
  const done = runConsumeLoop({
    ...options,
    deadLetterStore: shelf,
    retryLoop,
    requests,
  }).finally(() => requests.close())
  return {
    status: retryLoop.status,
    done,
    deadLetters: async () => shelf.all(),
    retry: (offset) => requests.add({ action: 'retry', offset }),
    drop: (offset) => requests.add({ action: 'drop', offset }),
  }
}

async function runConsumeLoop<E>(consuming: ConsumeContext<E>): Promise<void> {
  const { consumer, maxEntries, lingerMs = 0, signal, deadLetterStore, retryLoop, requests } = consuming
  if ((await retryLoop.retryUntilDone(() => deadLetterStore.load(consumer))) === aborted) return
  let next = consuming.startOffset ?? (await consumer.cursor())
  while (!signal.aborted) {
    await processDeadLetterRequests(consuming, next)
    const batch = await retryLoop.retryUntilDone(() =>
      consumer.read(next, maxEntries, requests.pendingSignal),
    )
    if (batch === aborted || batch.entries.length === 0) continue
    if ((await handleBatch(consuming, batch)) === aborted) continue
    next = batch.next
    consuming.measurements?.batchHandled(consumer.name, batch.entries.length)
    if (batch.entries.length < maxEntries) await abortableSleep(lingerMs, signal)
  }
}
