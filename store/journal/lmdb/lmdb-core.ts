import type { ConditionVariable } from '../condition-variable.ts'
import type { GroupCommit } from '../group-commit.ts'
import type { StreamName } from '../journal.ts'
import type { JournalState } from '../journal-state.ts'
import type { LmdbStream } from './lmdb-stream.ts'
import type { Tables } from './tables.ts'

/** What the journal shares with its consumers. */
export interface LmdbCore {
  tables: Tables
  streams: { [S in StreamName]: LmdbStream<S> }
  commits: GroupCommit<JournalState>
  /** Notifies when entries were appended, space was freed, or the journal closes. */
  changed: ConditionVariable
  /** Within a transaction: trim what no consumer needs. */
  trim(draft: JournalState): void
}
