import { UnrecoverableError } from 'bullmq'
import type { Kysely } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createOwedNotices } from '../../notices/write/create-owed-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { recordFinding } from './record-finding.ts'

export interface HandleFindingOptions {
  db: Kysely<Records>
  messages: MessageCatalog
  now(): number
}

/**
 * The work of the `findings` queue: the finding, its ticket and its notice in one transaction.
 * @returns the new notices, to be queued; should that not happen any more, the sweep finds them due
 */
export async function handleFinding(
  finding: Finding,
  { db, messages, now }: HandleFindingOptions,
): Promise<string[]> {
  const { notice } = finding
  if (notice !== undefined && !messages.keys.includes(notice)) {
    // Trying again is no use before somebody has written the text; then the dead letter is run again.
    throw new UnrecoverableError(`Rule ${finding.rule} names the notice "${notice}", which has no text`)
  }
  return db.transaction().execute(async (trx) => {
    const at = new Date(now())
    await recordFinding(trx, finding, at)
    return createOwedNotices(trx, { messages, now: at, finding: finding.id, limit: 1 })
  })
}
