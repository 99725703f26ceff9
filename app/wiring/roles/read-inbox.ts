import type { Acceptance } from '../../../ingest/acceptance/acceptance.ts'
import { type InboxPosition, inboxFact } from '../../../ingest/acceptance/pending-work.ts'
import type { InboundMessage } from '../../../ingest/gateway.ts'
import { abortableSleep } from '../../../lib/abortable-sleep.ts'
import { type Journal, JournalClosedError, JournalFencedError } from '../../../store/journal/journal.ts'
import type { InboxMessage, InboxRecord } from '../../../store/journal/redis/shared/inbox.ts'
import type { SharedPartition } from '../../../store/journal/redis/shared/shared-partition.ts'

export interface ReadInboxOptions {
  shared: Pick<SharedPartition, 'inbox' | 'inboxChanged'>
  journal: Pick<Journal, 'facts'>
  acceptance: Pick<Acceptance, 'acceptForwarded'>
  signal: AbortSignal
  /** Called each time when nothing waits. */
  onEmpty(): void
  onError(error: unknown): void
}

const recordsAtOnce = 20
/** A message that the inbox has changed may be lost. */
const pollMs = 500
const trimEveryMs = 1_000
const retryMs = 1_000

interface Forwarded {
  message: InboxMessage
  position: InboxPosition
}

/**
 * Take messages that other processes have received, in the order of the inbox, each once: the position is in the commit
 * of what the messages hold.
 * @throws JournalFencedError, JournalClosedError
 */
export async function readInbox(options: ReadInboxOptions): Promise<void> {
  const { shared, journal, signal, onEmpty, onError } = options
  let position = (await journal.facts(inboxFact)).get(inboxFact) as InboxPosition | undefined
  let trimmedAt = performance.now()
  while (!signal.aborted) {
    try {
      const records = await shared.inbox.read(position, recordsAtOnce)
      const waiting = records.flatMap((record) => messagesAfter(record, position))
      const last = waiting.at(-1)
      if (last === undefined) {
        onEmpty()
        await shared.inboxChanged.wait(signal, pollMs)
        continue
      }
      await acceptAll(options, waiting)
      position = last.position
      if (performance.now() - trimmedAt > trimEveryMs) {
        await shared.inbox.trim(position)
        trimmedAt = performance.now()
      }
    } catch (error) {
      if (signal.aborted || isFinal(error)) throw error
      onError(error)
      await abortableSleep(retryMs, signal)
    }
  }
}

function messagesAfter({ id, messages }: InboxRecord, position: InboxPosition | undefined): Forwarded[] {
  const done = id === position?.id ? position.done : 0
  return messages.map((message, index) => ({ message, position: { id, done: index + 1 } })).slice(done)
}

/** A message that could not be accepted goes to the end of the inbox: those after it may be stored already. */
async function acceptAll(
  { shared, acceptance, signal, onError }: ReadInboxOptions,
  waiting: readonly Forwarded[],
): Promise<void> {
  const outcomes = await Promise.allSettled(
    waiting.map(({ message: { receivedAt, ...message }, position }) =>
      acceptance.acceptForwarded(toInbound(message), { at: receivedAt, position }),
    ),
  )
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue
    if (signal.aborted || isFinal(outcome.reason)) throw outcome.reason
    onError(outcome.reason)
    const message = waiting[index]?.message
    if (message !== undefined) await shared.inbox.put(message)
  }
}

function toInbound(message: Omit<InboxMessage, 'receivedAt'>): InboundMessage {
  return { ...message, payload: Buffer.from(message.payload) }
}

function isFinal(error: unknown): boolean {
  return error instanceof JournalFencedError || error instanceof JournalClosedError
}
