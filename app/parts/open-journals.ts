import { hostname } from 'node:os'
import { join } from 'node:path'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import type { Partitions } from '../../store/journal/partitions.ts'
import type { Waiting } from '../../store/journal/redis/connect.ts'
import { openRedisJournals } from '../../store/journal/redis/open.ts'
import { StartError } from '../doctor/check-start.ts'
import type { Settings } from '../settings/schema.ts'

export interface OpenJournalsOptions {
  /** Tells this opening from all others. */
  newId: () => string
  /** Told in words of what a journal in Redis loses, where that was accepted. */
  warn(text: string): void
  /** Waits for Redis, and for the process that owns the journal, until the signal aborts. Without it that is an error. */
  waiting?: { say(text: string): void; signal: AbortSignal } | undefined
}

/**
 * Opens the journal that the settings name.
 * @throws StartError when there is no Redis to keep it in, or it has to be waited for, and may not
 * @throws what the journals' own openings throw
 */
export async function openJournals(
  { journal, queue, dataDir }: Settings,
  { newId, warn, waiting }: OpenJournalsOptions,
): Promise<Partitions> {
  const { kind, lease, redisUrl: url = queue.redisUrl, ...limits } = journal
  if (kind === 'lmdb') return [await openLmdbJournal({ ...limits, dir: join(dataDir, 'journal') })]
  if (url === undefined) {
    throw new StartError([
      'JOURNAL=redis needs a Redis: set JOURNAL_REDIS_URL, or REDIS_URL for the queues too',
    ])
  }
  return await openRedisJournals({
    ...limits,
    url,
    lease: { ms: lease, holder: `${hostname()}, process ${process.pid} (${newId()})` },
    ...(waiting && { signal: waiting.signal }),
    onWarning: (warning) => warn(`journal: ${warning}`),
    onWaiting(what) {
      const words = inWords(what)
      if (waiting === undefined) throw new StartError([words])
      waiting.say(`waiting: ${words}`)
    },
  })
}

function inWords(waiting: Waiting): string {
  if (waiting.for === 'redis') return `the journal's Redis is away (${waiting.trouble.message})`
  const { partition, holder } = waiting
  return `partition ${partition} of the journal is in use by ${holder}; this process takes over when that one ends`
}
