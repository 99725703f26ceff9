import type { ConditionVariable } from '../condition-variable.ts'
import type { GroupCommit } from '../group-commit.ts'
import type { StreamName } from '../journal.ts'
import type { PartitionKeys } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { RedisJournalState } from './redis-journal-state.ts'
import type { RedisStream } from './redis-stream.ts'

/** What the journal shares with its consumers. */
export interface RedisCore {
  connection: RedisConnection
  keys: PartitionKeys
  streams: { [S in StreamName]: RedisStream<S> }
  commits: GroupCommit<RedisJournalState>
  /** Notifies when entries were appended, space was freed, the journal closes, or another process has taken over. */
  changed: ConditionVariable
  /** @throws JournalClosedError, JournalFencedError */
  assertUsable(): void
  /** To be awaited before reading what a write may have changed: a write in doubt is rolled back first. */
  resolveInDoubt(): Promise<void>
}
