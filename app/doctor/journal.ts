import { messageOf } from '../../lib/errors.ts'
import { connect } from '../../store/journal/redis/connect.ts'
import { JournalNotDurableError } from '../../store/journal/redis/errors.ts'
import { redact } from '../settings/redact.ts'
import type { Settings } from '../settings/schema.ts'
import { type Check, fail, ok, unusable, warn } from './check.ts'

const NAME = 'journal'
const PATIENCE_MS = 2_000

/** Whether there is a Redis that keeps what it confirms, where the journal is to be in one. */
export async function checkJournal({ journal, queue }: Settings): Promise<Check[]> {
  if (journal.kind === 'lmdb') return [ok(NAME, 'a file in the data folder')]
  const url = journal.redisUrl ?? queue.redisUrl
  if (url === undefined) {
    return [
      fail(NAME, 'JOURNAL=redis names no Redis', 'set JOURNAL_REDIS_URL, or REDIS_URL for the queues too'),
    ]
  }
  return await checkRedisJournal(url, journal.durability)
}

async function checkRedisJournal(
  url: string,
  durability: Settings['journal']['durability'],
): Promise<Check[]> {
  const warnings: string[] = []
  try {
    const link = await connect({
      url,
      durability,
      patience: { answerMs: PATIENCE_MS, totalMs: PATIENCE_MS },
      onWarning: (warning) => warnings.push(warning),
      onWaiting(waiting) {
        if (waiting.for === 'redis') throw waiting.trouble
      },
    })
    link.close()
    const losses = warnings.map((warning) =>
      warn(NAME, warning, 'make sure that Redis keeps what it confirms'),
    )
    return [ok(NAME, `${redact(url)} answers`), ...losses]
  } catch (error) {
    if (error instanceof JournalNotDurableError) {
      const mend = 'set Redis so, or accept the loss with FOREWARN_JOURNAL_DURABILITY=accept-loss'
      return [fail(NAME, messageOf(error), mend)]
    }
    const mend = 'start Redis, or correct JOURNAL_REDIS_URL: its hosts, ports and password'
    return [unusable(error, NAME, { detail: `${redact(url)} cannot be used: ${messageOf(error)}`, mend })]
  }
}
