import type { Bell } from './bell.ts'
import type { GroupCommit } from './group-commit.ts'
import { JournalConsumerError, type StreamName } from './journal.ts'
import type { Extent, LmdbStream } from './lmdb-stream.ts'
import type { Tables } from './lmdb-tables.ts'

/** All that the journal has to know at once; as of the last commit, or drafted by the one under way. */
export interface State {
  extents: Record<StreamName, Extent>
  consumers: Map<string, { stream: StreamName; cursor: number }>
  tally: Record<string, number>
  /** Set by an append that does not fit, until enough was trimmed. */
  full: boolean
}

export function copyState(state: State): State {
  return {
    extents: { telemetry: { ...state.extents.telemetry }, findings: { ...state.extents.findings } },
    consumers: new Map(state.consumers),
    tally: { ...state.tally },
    full: state.full,
  }
}

/** Bytes that the retained records of all streams take. */
export function liveBytes(state: State): number {
  return Object.values(state.extents).reduce((sum, extent) => sum + extent.headBytes - extent.tailBytes, 0)
}

/** Where the slowest consumer of the stream stands; its tail while it has none. */
export function slowestCursor(state: State, stream: StreamName): number {
  const cursors = [...state.consumers.values()]
    .filter((one) => one.stream === stream)
    .map((one) => one.cursor)
  return cursors.length === 0 ? state.extents[stream].tail : Math.min(...cursors)
}

/** @throws JournalConsumerError when the cursor is beyond what the stream has. */
export function checkCursor(state: State, name: string, cursor: number): void {
  const consumer = state.consumers.get(name)
  const head = consumer ? state.extents[consumer.stream].head : 0
  if (cursor > head) {
    throw new JournalConsumerError(
      `consumer ${name}: cursor ${cursor} is beyond the head ${head} of its stream`,
    )
  }
}

/** What the journal's consumers share with it. */
export interface LmdbCore {
  tables: Tables
  streams: { [S in StreamName]: LmdbStream<S> }
  commits: GroupCommit<State>
  /** Rings when entries were appended, room was made, or the journal closes. */
  bell: Bell
  /** Within a transaction: removes what nobody needs any more. */
  trim(draft: State): void
}
