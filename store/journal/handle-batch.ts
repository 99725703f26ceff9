import type { ConsumeContext } from './consume-options.ts'
import { DeadLetterStoreFullError, EntryDeadLetteredError, shortErrorMessage } from './dead-letter-store.ts'
import { isDependencyFailure } from './dependency-failure.ts'
import type { Batch, Commit } from './journal.ts'
import { processDeadLetterRequests } from './process-dead-letter-requests.ts'
import { aborted } from './retry-loop.ts'

/** A batch is tried so often as a whole, while all is well behind it, before it is taken apart. */
const maxBatchAttempts = 4
/** And each entry that fails by itself so often again. */
const maxEntryAttempts = 3

/**
 * Handle a batch and commits it. Where that fails though all is well behind, again and again, it is halved until the
 * entries stand alone that fail; those are set aside. Stretch follows stretch in their order, each with its commit, so
 * that a crash repeats none that was done.
 * @param attempts how often the entries of this stretch were tried already
 */
export async function handleBatch<E>(
  consuming: ConsumeContext<E>,
  batch: Batch<E>,
  attempts = 0,
): Promise<typeof aborted | undefined> {
  const tries = attempts === 0 ? maxBatchAttempts : batch.entries.length === 1 ? maxEntryAttempts : 1
  const tried = await handleWithRetry(consuming, batch, tries)
  if (tried === aborted) return aborted
  if (tried.commit !== undefined) return commitWithRetry(consuming, tried.commit)
  const [entry, ...others] = batch.entries
  if (entry !== undefined && others.length === 0) {
    return moveToDeadLetters(consuming, { entry, offset: batch.from, ...tried, attempts: attempts + tries })
  }
  for (const half of splitInHalf(batch)) {
    if ((await handleBatch(consuming, half, attempts + tries)) === aborted) return aborted
  }
  return undefined
}

type HandleResult<E> = { commit: Commit<E>; error?: never } | { commit?: never; error: unknown }

/**
 * Try until it succeeds, or has failed so often while all was well behind. What may be the fault of a part behind
 * does not count: that is waited for.
 */
async function handleWithRetry<E>(
  consuming: ConsumeContext<E>,
  batch: Batch<E>,
  tries: number,
): Promise<HandleResult<E> | typeof aborted> {
  const { retryLoop: patience, requests: wishes, signal } = consuming
  let poisonFailures = 0
  for (let failures = 1; ; failures++) {
    const { isPoison: isRefused, ...tried } = await handleOnce(consuming, batch)
    if (tried.commit !== undefined) return tried
    if (isRefused) poisonFailures++
    if (poisonFailures === tries) return tried
    await patience.backOff(failures, wishes.pendingSignal)
    if (signal.aborted) return aborted
    // Nothing waits for its commit here, and what people wish may be what mends it.
    await processDeadLetterRequests(consuming, batch.from)
  }
}

async function handleOnce<E>(
  consuming: ConsumeContext<E>,
  batch: Batch<E>,
): Promise<HandleResult<E> & PoisonCheck> {
  const { handle, retryLoop: patience, deadLetterStore: shelf } = consuming
  try {
    const commit = await handle(batch)
    patience.recordSuccess()
    return { commit, isPoison: false }
  } catch (error) {
    const isRefused = !isDependencyFailure(error) && (await dependenciesAreHealthy(consuming, batch.from))
    const waits = isRefused && shelf.isFull
    patience.recordFailure(waits ? new DeadLetterStoreFullError(batch.from, error) : error)
    return { error, isPoison: isRefused && !waits }
  }
}

interface PoisonCheck {
  /** It failed, though all was well behind. */
  isPoison: boolean
}

async function dependenciesAreHealthy<E>(
  { healthCheck: probe, handle }: ConsumeContext<E>,
  cursor: number,
): Promise<boolean> {
  try {
    await (probe === undefined ? handle({ from: cursor, next: cursor, entries: [] }) : probe())
    return true
  } catch {
    // What is wrong is told by the error that led to the question.
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
  const { deadLetterStore: shelf, retryLoop: patience, now = Date.now } = consuming
  const aside = { offset, entry, error: shortErrorMessage(error), attempts, at: now() }
  const committed = await commitWithRetry(consuming, { cursor: offset + 1, deadLetters: [aside] })
  if (committed === aborted) return aborted
  shelf.put(aside)
  patience.recordFailure(new EntryDeadLetteredError(aside, { cause: error }))
  patience.recordSuccess()
  return undefined
}

async function commitWithRetry<E>(
  { retryLoop: patience, consumer }: ConsumeContext<E>,
  commit: Commit<E>,
): Promise<typeof aborted | undefined> {
  const done = await patience.retryUntilDone(() => consumer.commit(commit))
  return done === aborted ? aborted : undefined
}
