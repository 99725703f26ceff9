import type { Bell } from '../bell.ts'
import type { GroupCommit } from '../group-commit.ts'
import type { StreamName } from '../journal.ts'
import type { State } from '../state.ts'
import type { LmdbStream } from './stream.ts'
import type { Tables } from './tables.ts'

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
