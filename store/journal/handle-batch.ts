import { SetAsideError, ShelfFullError, wordsOf } from './aside-shelf.ts'
import type { Consuming } from './consume-options.ts'
import { grantWishes } from './grant-wishes.ts'
import type { Batch, Commit } from './journal.ts'
import { stopped } from './patience.ts'
import { isPartsFault } from './whose-fault.ts'

/** A batch is tried so often as a whole, while all is well behind it, before it is taken apart. */
const triesAsWhole = 4
/** And each entry that fails by itself so often again. */
const triesAlone = 3

/**
 * Handles a batch and commits it. Where that fails though all is well behind, again and again, it is halved until the
 * entries stand alone that fail; those are set aside. Stretch follows stretch in their order, each with its commit, so
 * that a crash repeats none that was done.
 * @param attempts how often the entries of this stretch were tried already
 */
export async function handleBatch<E>(
  consuming: Consuming<E>,
  batch: Batch<E>,
  attempts = 0,
): Promise<typeof stopped | undefined> {
  const tries = attempts === 0 ? triesAsWhole : batch.entries.length === 1 ? triesAlone : 1
  const tried = await tryToHandle(consuming, batch, tries)
  if (tried === stopped) return stopped
  if (tried.commit !== undefined) return commitUntilDone(consuming, tried.commit)
  const [entry, ...others] = batch.entries
  if (entry !== undefined && others.length === 0) {
    return setAside(consuming, { entry, offset: batch.from, ...tried, attempts: attempts + tries })
  }
  for (const half of halvesOf(batch)) {
    if ((await handleBatch(consuming, half, attempts + tries)) === stopped) return stopped
  }
  return undefined
}

type Tried<E> = { commit: Commit<E>; error?: never } | { commit?: never; error: unknown }

/**
 * Tries until it succeeds, or has failed so often while all was well behind. What may be the fault of a part behind
 * does not count: that is waited for.
 */
async function tryToHandle<E>(
  consuming: Consuming<E>,
  batch: Batch<E>,
  tries: number,
): Promise<Tried<E> | typeof stopped> {
  const { patience, wishes, signal } = consuming
  let refusals = 0
  for (let failures = 1; ; failures++) {
    const { isRefused, ...tried } = await tryOnce(consuming, batch)
    if (tried.commit !== undefined) return tried
    if (isRefused) refusals++
    if (refusals === tries) return tried
    await patience.pause(failures, wishes.signal)
    if (signal.aborted) return stopped
    // Nothing waits for its commit here, and what people wish may be what mends it.
    await grantWishes(consuming, batch.from)
  }
}

async function tryOnce<E>(consuming: Consuming<E>, batch: Batch<E>): Promise<Tried<E> & Refusal> {
  const { handle, patience, shelf } = consuming
  try {
    const commit = await handle(batch)
    patience.succeeded()
    return { commit, isRefused: false }
  } catch (error) {
    const isRefused = !isPartsFault(error) && (await isWell(consuming, batch.from))
    const waits = isRefused && shelf.isFull
    patience.failed(waits ? new ShelfFullError(batch.from, error) : error)
    return { error, isRefused: isRefused && !waits }
  }
}

interface Refusal {
  /** It failed, though all was well behind. */
  isRefused: boolean
}

async function isWell<E>({ probe, handle }: Consuming<E>, cursor: number): Promise<boolean> {
  try {
    await (probe === undefined ? handle({ from: cursor, next: cursor, entries: [] }) : probe())
    return true
  } catch {
    // What is wrong is told by the error that led to the question.
    return false
  }
}

function halvesOf<E>({ from, next, entries }: Batch<E>): [Batch<E>, Batch<E>] {
  const middle = entries.length >> 1
  return [
    { from, next: from + middle, entries: entries.slice(0, middle) },
    { from: from + middle, next, entries: entries.slice(middle) },
  ]
}

interface Refused<E> {
  offset: number
  entry: E
  error: unknown
  attempts: number
}

async function setAside<E>(
  consuming: Consuming<E>,
  { offset, entry, error, attempts }: Refused<E>,
): Promise<typeof stopped | undefined> {
  const { shelf, patience, now = Date.now } = consuming
  const aside = { offset, entry, error: wordsOf(error), attempts, at: now() }
  const committed = await commitUntilDone(consuming, { cursor: offset + 1, aside: [aside] })
  if (committed === stopped) return stopped
  shelf.put(aside)
  patience.failed(new SetAsideError(aside, { cause: error }))
  patience.succeeded()
  return undefined
}

async function commitUntilDone<E>(
  { patience, consumer }: Consuming<E>,
  commit: Commit<E>,
): Promise<typeof stopped | undefined> {
  const done = await patience.untilDone(() => consumer.commit(commit))
  return done === stopped ? stopped : undefined
}
