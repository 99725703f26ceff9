import type { ConsumeContext, HandledBatch } from './consume-options.ts'
import type { DeadLetterRequest, DeadLetterRequestOutcome } from './dead-letter-requests.ts'
import { shortErrorMessage } from './dead-letter-store.ts'
import type { Commit, DeadLetterEntry } from './journal.ts'
import { aborted } from './retry-loop.ts'

/**
 * Process requests about dead letters. Not to be called while a handled batch waits for its commit: the handler's memory is
 * then ahead of the journal.
 * @param cursor last committed cursor; it does not change
 */
export async function processDeadLetterRequests<E>(
  consuming: ConsumeContext<E>,
  cursor: number,
): Promise<void> {
  for (const { answer, ...request } of consuming.requests.takeAll())
    answer(await processRequest(consuming, request, cursor))
}

async function processRequest<E>(
  consuming: ConsumeContext<E>,
  request: DeadLetterRequest,
  cursor: number,
): Promise<DeadLetterRequestOutcome> {
  const { offset } = request
  const deadLetter = consuming.deadLetterStore.get(offset)
  if (deadLetter === undefined) return { is: 'unknown' }
  const { commit, failure }: RetryResult<E> =
    request.action === 'drop' ? { commit: { cursor } } : await retryEntry(consuming, deadLetter, cursor)
  if (failure !== undefined) return keepDeadLetter(consuming, { ...deadLetter, ...failure }, cursor)
  const settling = { ...commit, cursor, resolvedDeadLetters: [offset] }
  if ((await commitWithRetry(consuming, settling)) === aborted) return { is: 'stopped' }
  consuming.deadLetterStore.remove(offset)
  commit.onCommitted?.('dead letter')
  return { is: 'settled' }
}

type RetryResult<E> =
  | { commit: HandledBatch<E>; failure?: never }
  | { commit?: never; failure: Pick<DeadLetterEntry, 'error' | 'attempts' | 'at'> }

async function retryEntry<E>(
  { handle, retryLoop, now = Date.now }: ConsumeContext<E>,
  { entry, attempts }: DeadLetterEntry<E>,
  cursor: number,
): Promise<RetryResult<E>> {
  try {
    return { commit: await handle({ from: cursor, next: cursor, entries: [entry] }) }
  } catch (error) {
    retryLoop.recordFailure(error)
    return { failure: { error: shortErrorMessage(error), attempts: attempts + 1, at: now() } }
  }
}

async function keepDeadLetter<E>(
  consuming: ConsumeContext<E>,
  deadLetter: DeadLetterEntry<E>,
  cursor: number,
): Promise<DeadLetterRequestOutcome> {
  if ((await commitWithRetry(consuming, { cursor, deadLetters: [deadLetter] })) === aborted)
    return { is: 'stopped' }
  consuming.deadLetterStore.put(deadLetter)
  return { is: 'failed', error: deadLetter.error }
}

function commitWithRetry<E>({ retryLoop, consumer }: ConsumeContext<E>, commit: Commit<E>) {
  return retryLoop.retryUntilDone(() => consumer.commit(commit))
}
