import type { Journal, StreamName } from '../journal.ts'
import { type JournalHistory, parseHistory } from './journal-history.ts'

/** Offset up to which a store has the entries of a stream, with the history of the journal that it names. */
export interface StoredPosition {
  cursor: number
  /** As `formatHistory` wrote it; empty where it is unknown. */
  history: string
}

/**
 * Entries that a store and the journal do not both have:
 * - `trimmed`: the store does not have them, and the journal no longer has them.
 * - `journal_set_back`: the store has them, and the journal has lost them: it was brought back from an older state.
 * - `journal_replaced`: the position belongs to another journal; what that one had from `from` on is unknown.
 */
export interface JournalGap {
  kind: 'trimmed' | 'journal_set_back' | 'journal_replaced'
  /** First and last offset; `to` is absent where it is unknown. */
  from: number
  to?: number
}

export interface LocatedPosition {
  /** Offset to continue from. */
  start: number
  gaps: readonly JournalGap[]
}

export interface StreamPlace {
  stream: StreamName
  tail: number
  head: number
  history: JournalHistory
}

/** Return where a stream of the journal begins and ends now, with the journal's history. */
export async function readStreamPlace(
  journal: Pick<Journal, 'info' | 'history'>,
  stream: StreamName,
): Promise<StreamPlace> {
  const { streams } = await journal.info()
  return { stream, ...streams[stream], history: journal.history() }
}

/** Return the offset from which the owner of a position continues, and what it or the journal has lost. */
export function locatePosition({ cursor, history }: StoredPosition, place: StreamPlace): LocatedPosition {
  const stored = parseHistory(history)
  const isOther = stored === undefined ? cursor > place.head : stored.journal !== place.history.journal
  if (isOther) {
    return { start: place.tail, gaps: cursor === 0 ? [] : [{ kind: 'journal_replaced', from: cursor }] }
  }
  const shared = stored === undefined ? cursor : lastSharedOffset(stored, place)
  const gaps: JournalGap[] = []
  if (cursor > shared) gaps.push({ kind: 'journal_set_back', from: shared, to: cursor - 1 })
  const start = Math.min(cursor, shared)
  if (start < place.tail) gaps.push({ kind: 'trimmed', from: start, to: place.tail - 1 })
  return { start: Math.max(start, place.tail), gaps }
}

/** Return the offset up to which two histories of one journal have the same entries. */
function lastSharedOffset(stored: JournalHistory, { stream, head, history }: StreamPlace): number {
  const shared = stored.openings.findLastIndex(({ id }) => history.openings.some((one) => one.id === id))
  // None of its openings is kept any more: both have at least the entries from before the oldest one that is.
  const atOldest = Math.min(history.openings[0]?.heads[stream] ?? head, head)
  if (shared === -1) return atOldest
  const here = history.openings.findIndex(({ id }) => id === stored.openings[shared]?.id)
  const ends = [stored.openings[shared + 1], history.openings[here + 1]].map(
    (opening) => opening?.heads[stream] ?? head,
  )
  return Math.min(head, ...ends)
}
