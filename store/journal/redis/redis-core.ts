import type { ConditionVariable } from '../condition-variable.ts'
import type { GroupCommit } from '../group-commit.ts'
import type { StreamName } from '../journal.ts'
import type { PartitionKeys } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { RedisJournalState } from './redis-journal-state.ts'
import type { RedisStream } from './redis-stream.ts'

/** What the journal's consumers share with it. */
export interface RedisCore {
  connection: RedisConnection
  keys: PartitionKeys
  streams: { [S in StreamName]: RedisStream<S> }
  commits: GroupCommit<RedisJournalState>
  /** Rings when entries were appended, room was made, the journal closes, or another has taken over. */
  changed: ConditionVariable
  /** @throws JournalClosedError, JournalFencedError */
  assertUsable(): void
  /** To be awaited before what a write may have changed is read: what is in doubt is taken back. */
  resolveInDoubt(): Promise<void>
}
