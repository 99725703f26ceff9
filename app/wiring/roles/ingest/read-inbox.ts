import type { Acceptance } from '../../../../ingest/acceptance/acceptance.ts'
import { type InboxPosition, inboxFact } from '../../../../ingest/acceptance/pending-work.ts'
import { parseTopic } from '../../../../ingest/decode/parse-topic.ts'
import type { InboundMessage } from '../../../../ingest/gateway.ts'
import { abortableSleep } from '../../../../lib/abortable-sleep.ts'
import { type Journal, JournalClosedError, JournalFencedError } from '../../../../store/journal/journal.ts'
import type { InboxMessage, InboxRecord } from '../../../../store/journal/redis/shared/inbox.ts'
import type { SharedPartition } from '../../../../store/journal/redis/shared/shared-partition.ts'
import { awaitsAnnouncement } from './message-router.ts'

export interface ReadInboxOptions {
  shared: Pick<SharedPartition, 'inbox' | 'inboxChanged'>
  journal: Pick<Journal, 'facts'>
  acceptance: Pick<Acceptance, 'acceptForwarded' | 'registration'>
  /** Of the topics. */
  prefix: string
  now(): number
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
/** How long readings wait for the announcement of their device, ms. */
const announcementMs = 5_000
const earlyRetryMs = 100

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
      position = (await take(options, waiting)) ?? last.position
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

/**
 * Take what waits, and pause where the same would happen again at once.
 * @returns the position of a message that failed, if there was one
 */
async function take(
  options: ReadInboxOptions,
  waiting: readonly Forwarded[],
): Promise<InboxPosition | undefined> {
  const [ready, early] = await splitOffEarly(options, waiting)
  const failed = await acceptAll(options, ready)
  // It may fail again, and with it what shares its commit.
  if (failed !== undefined) await abortableSleep(retryMs, options.signal)
  else if (ready.length === 0 && early) await abortableSleep(earlyRetryMs, options.signal)
  return failed
}

function messagesAfter({ id, messages }: InboxRecord, position: InboxPosition | undefined): Forwarded[] {
  const done = id === position?.id ? position.done : 0
  return messages.map((message, index) => ({ message, position: { id, done: index + 1 } })).slice(done)
}

/**
 * Put messages that overtook the announcement of their device to the end of the inbox, until they have waited for long
 * enough: then they are quarantined.
 * @returns the others, and whether there were any
 */
async function splitOffEarly(
  { shared, acceptance, prefix, now }: ReadInboxOptions,
  waiting: readonly Forwarded[],
): Promise<[others: Forwarded[], some: boolean]> {
  const announced = new Set<string>()
  const isEarly = ({ message }: Forwarded) => {
    const parsed = parseTopic(prefix, message.topic)
    if (parsed.type === 'state') announced.add(parsed.device)
    const find = (id: string) =>
      acceptance.registration.find(id) ?? (announced.has(id) ? { id, kind: '' } : undefined)
    return awaitsAnnouncement(message, { prefix, find }) && now() - message.receivedAt < announcementMs
  }
  const early = waiting.filter(isEarly)
  if (early.length === 0) return [[...waiting], false]
  await Promise.all(early.map(({ message }) => shared.inbox.put(message)))
  return [waiting.filter((one) => !early.includes(one)), true]
}

/**
 * A message that could not be accepted goes to the end of the inbox, on disk, before any after it can be committed: acceptance
 * rejects those, too, and they are read again.
 * @returns the position of that message, if there was one
 */
async function acceptAll(
  { shared, acceptance, signal, onError }: ReadInboxOptions,
  waiting: readonly Forwarded[],
): Promise<InboxPosition | undefined> {
  const outcomes = await Promise.allSettled(
    waiting.map(({ message: { receivedAt, ...message }, position }) =>
      acceptance.acceptForwarded(toInbound(message), { at: receivedAt, position }),
    ),
  )
  const index = outcomes.findIndex(({ status }) => status === 'rejected')
  const [outcome, failed] = [outcomes[index], waiting[index]]
  if (outcome?.status !== 'rejected' || failed === undefined) return undefined
  if (signal.aborted || isFinal(outcome.reason)) throw outcome.reason
  onError(outcome.reason)
  await shared.inbox.put(failed.message)
  return failed.position
}

function toInbound(message: Omit<InboxMessage, 'receivedAt'>): InboundMessage {
  return { ...message, payload: Buffer.from(message.payload) }
}

function isFinal(error: unknown): boolean {
  return error instanceof JournalFencedError || error instanceof JournalClosedError
}
