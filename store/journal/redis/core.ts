import type { Bell } from '../bell.ts'
import type { GroupCommit } from '../group-commit.ts'
import type { StreamName } from '../journal.ts'
import type { Keys } from './keys.ts'
import type { RedisLink } from './link.ts'
import type { RedisState } from './stored-state.ts'
import type { RedisStream } from './stream.ts'

/** What the journal's consumers share with it. */
export interface RedisCore {
  link: RedisLink
  keys: Keys
  streams: { [S in StreamName]: RedisStream<S> }
  commits: GroupCommit<RedisState>
  /** Rings when entries were appended, room was made, the journal closes, or another has taken over. */
  bell: Bell
  /** @throws JournalClosedError, JournalFencedError */
  assertUsable(): void
  /** To be awaited before what a write may have changed is read: what is in doubt is taken back. */
  settled(): Promise<void>
}
