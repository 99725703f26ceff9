import type { ConsumeContext, HandledBatch } from './consume-options.ts'
import { DeadLetterStoreFullError, EntryDeadLetteredError, shortErrorMessage } from './dead-letter-store.ts'
import { isDependencyFailure } from './dependency-failure.ts'
import type { Batch, Commit } from './journal.ts'
import { processDeadLetterRequests } from './process-dead-letter-requests.ts'
import { aborted } from './retry-loop.ts'

/** Attempts for a whole batch, while the dependencies work, before it is split. */
const maxBatchAttempts = 4
/** Attempts for a single entry before it becomes a dead letter. */
const maxEntryAttempts = 3

/**
 * Handle a batch and commit it. A batch that keeps failing while all dependencies work is halved until the failing
 * entries are alone; those become dead letters. The sub-batches run in order, each with its own commit, so
 * that a crash repeats none that is done.
 * @param attempts earlier attempts for these entries
 */
export async function handleBatch<E>(
  consuming: ConsumeContext<E>,
  batch: Batch<E>,
  attempts = 0,
): Promise<typeof aborted | undefined> {
  const tries = attempts === 0 ? maxBatchAttempts : batch.entries.length === 1 ? maxEntryAttempts : 1
  const tried = await handleWithRetry(consuming, batch, tries)
  if (tried === aborted) return aborted
  if (tried.commit !== undefined) {
    const committed = await commitWithRetry(consuming, tried.commit)
    if (committed !== aborted) tried.commit.onCommitted?.('batch')
    return committed
  }
  const [entry, ...others] = batch.entries
  if (entry !== undefined && others.length === 0) {
    return moveToDeadLetters(consuming, { entry, offset: batch.from, ...tried, attempts: attempts + tries })
  }
  for (const half of splitInHalf(batch)) {
    if ((await handleBatch(consuming, half, attempts + tries)) === aborted) return aborted
  }
  return undefined
}

type HandleResult<E> = { commit: HandledBatch<E>; error?: never } | { commit?: never; error: unknown }

/**
 * Retry until it succeeds, or has failed `tries` times while the dependencies worked. A failure that a dependency may
 * have caused does not count: the loop waits for the dependency.
 */
async function handleWithRetry<E>(
  consuming: ConsumeContext<E>,
  batch: Batch<E>,
  tries: number,
): Promise<HandleResult<E> | typeof aborted> {
  const { retryLoop, requests, signal } = consuming
  let poisonFailures = 0
  for (let failures = 1; ; failures++) {
    const { isPoison, ...tried } = await handleOnce(consuming, batch)
    if (tried.commit !== undefined) return tried
    if (isPoison) poisonFailures++
    if (poisonFailures === tries) return tried
    await retryLoop.backOff(failures, requests.pendingSignal)
    if (signal.aborted) return aborted
    // Nothing waits for its commit here, and a request may be what fixes the failure.
    await processDeadLetterRequests(consuming, batch.from)
  }
}

async function handleOnce<E>(
  consuming: ConsumeContext<E>,
  batch: Batch<E>,
): Promise<HandleResult<E> & PoisonCheck> {
  const { handle, retryLoop, deadLetterStore } = consuming
  try {
    const commit = await handle(batch)
    retryLoop.recordSuccess()
    return { commit, isPoison: false }
  } catch (error) {
    const isRefused = !isDependencyFailure(error) && (await dependenciesAreHealthy(consuming, batch.from))
    const waits = isRefused && deadLetterStore.isFull
    retryLoop.recordFailure(waits ? new DeadLetterStoreFullError(batch.from, error) : error)
    return { error, isPoison: isRefused && !waits }
  }
}

interface PoisonCheck {
  /** It failed although all dependencies work. */
  isPoison: boolean
}

async function dependenciesAreHealthy<E>(
  { healthCheck, handle }: ConsumeContext<E>,
  cursor: number,
): Promise<boolean> {
  try {
    await (healthCheck === undefined ? handle({ from: cursor, next: cursor, entries: [] }) : healthCheck())
    return true
  } catch {
    // The error that led to this check is the one reported.
    return false
  }
}

function splitInHalf<E>({ from, next, entries }: Batch<E>): [Batch<E>, Batch<E>] {
  const middle = entries.length >> 1
  return [
    { from, next: from + middle, entries: entries.slice(0, middle) },
    { from: from + middle, next, entries: entries.slice(middle) },
  ]
}

interface FailedEntry<E> {
  offset: number
  entry: E
  error: unknown
  attempts: number
}

async function moveToDeadLetters<E>(
  consuming: ConsumeContext<E>,
  { offset, entry, error, attempts }: FailedEntry<E>,
): Promise<typeof aborted | undefined> {
  const { deadLetterStore, retryLoop, now = Date.now } = consuming
  const deadLetter = { offset, entry, error: shortErrorMessage(error), attempts, at: now() }
  const committed = await commitWithRetry(consuming, { cursor: offset + 1, deadLetters: [deadLetter] })
  if (committed === aborted) return aborted
  deadLetterStore.put(deadLetter)
  retryLoop.recordFailure(new EntryDeadLetteredError(deadLetter, { cause: error }))
  retryLoop.recordSuccess()
  return undefined
}

async function commitWithRetry<E>(
  { retryLoop, consumer }: ConsumeContext<E>,
  commit: Commit<E>,
): Promise<typeof aborted | undefined> {
  const done = await retryLoop.retryUntilDone(() => consumer.commit(commit))
  return done === aborted ? aborted : undefined
}
