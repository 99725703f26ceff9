import { nextTurn } from '../../lib/event-loop-turn.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import type { ReceivedMessage } from '../decode/decoded-message.ts'
import type { RetriedMessage, RetryOutcome } from '../quarantine/quarantine-retry.ts'
import type { DeviceCommandRequest, RegistrationRequest } from './device-registration.ts'

/** Place of a message in the inbox of its partition: the record, and how many messages of it are done. */
export interface InboxPosition {
  id: string
  done: number
}

/** Key of the position in the facts of the journal. */
export const inboxFact = 'inbox'

/** Return the position of the last work that comes from the inbox, as a fact of its commit. */
export function inboxFactsOf(work: readonly PendingWork[]): [string, InboxPosition][] {
  const position = work.findLast(({ inboxPosition }) => inboxPosition !== undefined)?.inboxPosition
  return position === undefined ? [] : [[inboxFact, position]]
}

/** What waits for its commit. */
export type PendingWork = (ReceivedMessage | RetriedMessage | RegistrationRequest | DeviceCommandRequest) & {
  /** Number of readings or devices; 1 for any other message. */
  size: number
  bytes: number
  /** Place in the inbox of a message that another process received; its commit says that all up to there are done. */
  inboxPosition?: InboxPosition
  /** @param outcome of a retry */
  resolve(outcome?: RetryOutcome): void
  reject(error: unknown): void
}

/** A commit is bounded so that consumers, which read whole commits, get portions that fit. */
export const maxCommitSize = 5_000
const maxCommitBytes = 4 * 2 ** 20

/** Approximate memory of a waiting message besides its payload, bytes. */
const messageOverheadBytes = 512

/** Remove the work of the next commit from what is pending; at least one, if any. */
export function takeNextCommit(pending: PendingWork[]): PendingWork[] {
  let size = 0
  let bytes = 0
  const end = pending.findIndex((work) => {
    size += work.size
    bytes += work.bytes
    return size > maxCommitSize || bytes > maxCommitBytes
  })
  return pending.splice(0, end === -1 ? pending.length : Math.max(end, 1))
}

/**
 * Remove from what is pending the work that comes from the inbox after some that failed, so that it fails, too: its commit
 * would say that all before it are done.
 */
export function takeForwardedAfter(failed: readonly PendingWork[], pending: PendingWork[]): PendingWork[] {
  if (failed.every(({ inboxPosition }) => inboxPosition === undefined)) return []
  const all = pending.splice(0)
  pending.push(...all.filter(({ inboxPosition }) => inboxPosition === undefined))
  return all.filter(({ inboxPosition }) => inboxPosition !== undefined)
}

/** Each is a write to a socket, and lets its client send the next message: all at once they would hold up everything else. */
const acknowledgedPerTurn = 100

/** Acknowledge committed work in short turns of the event loop. */
export async function acknowledgeInTurns(
  work: readonly PendingWork[],
  acknowledge: (work: PendingWork) => void,
): Promise<void> {
  for (const [index, each] of work.entries()) {
    if (index > 0 && index % acknowledgedPerTurn === 0) await nextTurn()
    acknowledge(each)
  }
}

export function sizeOf({ message, decoded }: ReceivedMessage): Pick<PendingWork, 'size' | 'bytes'> {
  return {
    size: decoded.type === 'readings' ? decoded.readings.length : 1,
    bytes: message.payload.length + messageOverheadBytes,
  }
}

/** Too many messages wait for space in the journal; the sender has to retry later. */
export class AcceptanceBusyError extends ExpectedError {
  override readonly name = 'AcceptanceBusyError'
}

/** The acceptance was stopped before the message was on disk. */
export class AcceptanceStoppedError extends ExpectedError {
  override readonly name = 'AcceptanceStoppedError'
}
