import type { ConditionVariable } from '../condition-variable.ts'
import type { GroupCommit } from '../group-commit.ts'
import type { StreamName } from '../journal.ts'
import type { JournalState } from '../journal-state.ts'
import type { LmdbStream } from './lmdb-stream.ts'
import type { Tables } from './tables.ts'

/** What the journal's consumers share with it. */
export interface LmdbCore {
  tables: Tables
  streams: { [S in StreamName]: LmdbStream<S> }
  commits: GroupCommit<JournalState>
  /** Rings when entries were appended, room was made, or the journal closes. */
  changed: ConditionVariable
  /** Within a transaction: removes what nobody needs any more. */
  trim(draft: JournalState): void
}
