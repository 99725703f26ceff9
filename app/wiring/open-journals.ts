import { hostname } from 'node:os'
import { join } from 'node:path'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import type { Partitions } from '../../store/journal/partitions.ts'
import type { WaitReason } from '../../store/journal/redis/connect.ts'
import { openPartitionedRedisJournal } from '../../store/journal/redis/open-redis-journal.ts'
import { StartupError } from '../doctor/startup-checks.ts'
import type { StartupWait } from '../options.ts'
import type { Settings } from '../settings/schema.ts'

export interface OpenJournalsOptions {
  /** Creates an id for this opening of the journal. */
  newId: () => string
  /** Called with a warning about what a journal in Redis can lose, where the settings accept that. */
  warn(text: string): void
  /** Wait for Redis, and for the process that owns the journal. Without it both are errors. */
  startupWait?: StartupWait | undefined
}

/**
 * Open the journal that the settings name.
 * @throws StartupError when no Redis is set, or when it is unavailable or in use and `startupWait` is missing
 * @throws the errors of `openLmdbJournal` and `openPartitionedRedisJournal`
 */
export async function openJournals(
  { journal, queue, dataDir }: Settings,
  { newId, warn, startupWait }: OpenJournalsOptions,
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
    ...(startupWait && { signal: startupWait.signal }),
    onWarning: (warning) => warn(`journal: ${warning}`),
    onWaiting(what) {
      const words = describeWait(what)
      if (startupWait === undefined) throw new StartupError([words])
      startupWait.log.warn(`waiting: ${words}`, { component: 'journal', event: 'waiting' })
    },
  })
}

function describeWait(waiting: WaitReason): string {
  if (waiting.for === 'redis') return `the journal's Redis is unavailable (${waiting.cause.message})`
  const { partition, holder } = waiting
  return `partition ${partition} of the journal is in use by ${holder}; this process takes over when that one ends`
}
