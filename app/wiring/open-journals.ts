import { hostname } from 'node:os'
import { join } from 'node:path'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import type { Partitions } from '../../store/journal/partitions.ts'
import type { WaitReason } from '../../store/journal/redis/connect.ts'
import { openPartitionedRedisJournal } from '../../store/journal/redis/open-redis-journal.ts'
import { StartupError } from '../doctor/startup-checks.ts'
import type { Settings } from '../settings/schema.ts'

export interface OpenJournalsOptions {
  /** Tells this opening from all others. */
  newId: () => string
  /** Told in words of what a journal in Redis loses, where that was accepted. */
  warn(text: string): void
  /** Waits for Redis, and for the process that owns the journal, until the signal aborts. Without it that is an error. */
  startupWait?: { say(text: string): void; signal: AbortSignal } | undefined
}

/**
 * Opens the journal that the settings name.
 * @throws StartupError when there is no Redis to keep it in, or it has to be waited for, and may not
 * @throws what the journals' own openings throw
 */
export async function openJournals(
  { journal, queue, dataDir }: Settings,
  { newId, warn, startupWait: waiting }: OpenJournalsOptions,
): Promise<Partitions> {
  const { kind, lease, redisUrl: url = queue.redisUrl, ...limits } = journal
  if (kind === 'lmdb') return [await openLmdbJournal({ ...limits, dir: join(dataDir, 'journal') })]
  if (url === undefined) {
    throw new StartupError([
      'JOURNAL=redis needs a Redis: set JOURNAL_REDIS_URL, or REDIS_URL for the queues too',
    ])
  }
  return await openPartitionedRedisJournal({
    ...limits,
    url,
    lease: { durationMs: lease, holder: `${hostname()}, process ${process.pid} (${newId()})` },
    ...(waiting && { signal: waiting.signal }),
    onWarning: (warning) => warn(`journal: ${warning}`),
    onWaiting(what) {
      const words = describeWait(what)
      if (waiting === undefined) throw new StartupError([words])
      waiting.say(`waiting: ${words}`)
    },
  })
}

function describeWait(waiting: WaitReason): string {
  if (waiting.for === 'redis') return `the journal's Redis is away (${waiting.trouble.message})`
  const { partition, holder } = waiting
  return `partition ${partition} of the journal is in use by ${holder}; this process takes over when that one ends`
}
