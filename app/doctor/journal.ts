import { errorMessage } from '../../lib/error-message.ts'
import { connectToRedis } from '../../store/journal/redis/connect.ts'
import { JournalNotDurableError } from '../../store/journal/redis/errors.ts'
import { redactUrls } from '../settings/redact.ts'
import type { Settings } from '../settings/schema.ts'
import { connectionFailure, type DoctorCheck, endInTime, fail, ok, warn } from './check.ts'

const NAME = 'journal'
const TIMEOUT_MS = 2_000

/** Check that the Redis of the journal, if one is configured, is available and durable. */
export async function checkJournal({ journal, queue }: Settings): Promise<DoctorCheck[]> {
  if (journal.kind === 'lmdb') return [ok(NAME, 'a file in the data folder')]
  const url = journal.redisUrl ?? queue.redisUrl
  if (url === undefined) {
    return [
      fail(NAME, 'JOURNAL=redis names no Redis', 'set JOURNAL_REDIS_URL, or REDIS_URL for the queues too'),
    ]
  }
  return await endInTime(NAME, checkRedisJournal(url, journal.durability))
}

async function checkRedisJournal(
  url: string,
  durability: Settings['journal']['durability'],
): Promise<DoctorCheck[]> {
  const warnings: string[] = []
  try {
    const link = await connectToRedis({
      url,
      durability,
      timeouts: { responseMs: TIMEOUT_MS, totalMs: TIMEOUT_MS },
      onWarning: (warning) => warnings.push(warning),
      onWaiting(waiting) {
        if (waiting.for === 'redis') throw waiting.cause
      },
    })
    link.close()
    const losses = warnings.map((warning) =>
      warn(NAME, warning, 'make sure that Redis keeps what it confirms'),
    )
    return [ok(NAME, `${redactUrls(url)} answers`), ...losses]
  } catch (error) {
    if (error instanceof JournalNotDurableError) {
      const remedy = 'set Redis so, or accept the loss with FOREWARN_JOURNAL_DURABILITY=accept-loss'
      return [fail(NAME, errorMessage(error), remedy)]
    }
    const remedy = 'start Redis, or correct JOURNAL_REDIS_URL: its hosts, ports and password'
    return [
      connectionFailure(error, NAME, {
        detail: `${redactUrls(url)} cannot be used: ${errorMessage(error)}`,
        remedy,
      }),
    ]
  }
}
