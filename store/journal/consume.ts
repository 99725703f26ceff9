import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, type Commit, JournalClosedError, type JournalConsumer } from './journal.ts'

/** Exponential backoff: the first pause, doubled after each failure up to the longest. */
interface RetryPolicy {
  firstMs: number
  longestMs: number
}

export interface ConsumeOptions<E> {
  consumer: JournalConsumer<E>
  /** About how many entries one batch may have. */
  maxEntries: number
  /** Where to begin, when the handler's own store knows better than the journal. */
  from?: number
  /** Pause after a batch that was not full, so that the next one is worth its commit. */
  collectMs?: number
  /** Does the work of a batch and says what to commit; called again with the same batch while it fails. */
  handle(batch: Batch<E>): Promise<Commit<E>>
  retry: RetryPolicy
  signal: AbortSignal
  /** Told of each failure, with how many there were in a row. */
  onError(error: unknown, failures: number): void
}

interface ConsumeStatus {
  /** Failures since the start. */
  errors: number
  /** Failures in a row; 0 while all is well. */
  failures: number
  lastError?: unknown
}

export interface Consumption {
  readonly status: Readonly<ConsumeStatus>
  /** Resolves when the signal has aborted and the batch in work is committed or given up. */
  readonly done: Promise<void>
}

/**
 * The loop of every consumer: reads, handles, commits, goes on. What fails is tried again for ever, each step by itself:
 * a handled batch whose commit fails is committed again and not handled twice.
 *
 * `done` rejects only when the journal was closed before the signal aborted.
 */
export function consume<E>(options: ConsumeOptions<E>): Consumption {
  const status: ConsumeStatus = { errors: 0, failures: 0 }
  return { status, done: run(options, status) }
}

async function run<E>(options: ConsumeOptions<E>, status: ConsumeStatus): Promise<void> {
  const { consumer, maxEntries, collectMs = 0, handle, signal } = options
  const retrying = <T>(step: () => Promise<T>) => retry(step, options, status)

  let next = options.from ?? (await consumer.cursor())
  while (!signal.aborted) {
    const batch = await retrying(() => consumer.read(next, maxEntries, signal))
    if (batch === undefined || batch.entries.length === 0) continue
    const commit = await retrying(() => handle(batch))
    if (commit === undefined) continue
    await retrying(() => consumer.commit(commit))
    next = commit.cursor
    if (batch.entries.length < maxEntries) await pause(collectMs, signal)
  }
}

/** Undefined when the signal aborted before the step succeeded. */
async function retry<E, T>(
  step: () => Promise<T>,
  { retry: policy, signal, onError }: ConsumeOptions<E>,
  status: ConsumeStatus,
): Promise<T | undefined> {
  status.failures = 0
  while (true) {
    try {
      const result = await step()
      status.failures = 0
      return result
    } catch (error) {
      if (error instanceof JournalClosedError) throw error
      status.errors += 1
      status.failures += 1
      status.lastError = error
      onError(error, status.failures)
    }
    await pause(Math.min(policy.longestMs, policy.firstMs * 2 ** (status.failures - 1)), signal)
    if (signal.aborted) return undefined
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
