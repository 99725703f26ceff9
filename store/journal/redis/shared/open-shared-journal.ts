import { randomUUID } from 'node:crypto'
import type { RetentionLimits } from '../../journal-state.ts'
import { createRedisClient } from '../client.ts'
import { type ConnectOptions, connectToRedis } from '../connect.ts'
import { defaultPrefix, ensurePartitionCount } from '../open-redis-journal.ts'
import type { LeaseOptions } from '../partition-owner.ts'
import { ChangeFeed } from './change-feed.ts'
import { Members } from './members.ts'
import { SharedPartition } from './shared-partition.ts'
import type { JournalWriter } from './writers.ts'

export interface SharedJournalOptions extends ConnectOptions, RetentionLimits {
  /** Prefix of the keys of all partitions; default `forewarn`. */
  prefix?: string
  /** How many; the first opening decides. `maxBytes` and `keepEntries` are of all of them together. */
  partitions: number
  /** `holder` must be unique among all processes and their starts. */
  lease: LeaseOptions
  /** What this process does; other processes learn it. */
  roles: readonly string[]
  /** Creates the ids of the journal and of its openings. Default: random. */
  newId?: () => string
  /** All writers of a partition. Default: those of the program. */
  writers?: readonly JournalWriter[]
}

/** A journal that several processes share: each holds some of the writers. */
export interface SharedJournal {
  readonly partitions: readonly SharedPartition[]
  readonly members: Members
  close(): void
}

const responseTimeoutMs = 2_000

/**
 * Connect to a journal that several processes share. Nothing is held yet.
 * @throws RedisUnsuitableError, JournalNotDurableError, JournalPartitionCountError
 */
export async function openSharedJournal(options: SharedJournalOptions): Promise<SharedJournal> {
  const { prefix = defaultPrefix, partitions: count, lease, roles, newId = randomUUID, url } = options
  const connection = await connectToRedis(options)
  try {
    await ensurePartitionCount(connection, prefix, count)
  } catch (error) {
    connection.close()
    throw error
  }
  const feed = new ChangeFeed(createRedisClient(url, responseTimeoutMs))
  const limits = {
    maxBytes: Math.floor(options.maxBytes / count),
    keepEntries: Math.ceil(options.keepEntries / count),
  }
  const { writers } = options
  const partitions = Array.from(
    { length: count },
    (_, partition) =>
      new SharedPartition({
        connection,
        feed,
        prefix,
        partition,
        limits,
        lease,
        newId,
        ...(writers && { writers }),
      }),
  )
  const self = { id: lease.holder, roles }
  return {
    partitions,
    members: new Members(connection, { prefix, self, keptMs: lease.durationMs }),
    close() {
      for (const partition of partitions) partition.close()
      feed.close()
      connection.close()
    },
  }
}
