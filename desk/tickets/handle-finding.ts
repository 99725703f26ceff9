import { UnrecoverableError } from 'bullmq'
import type { Kysely } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { withdrawNotices } from '../../notices/deliver/withdraw-obsolete.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createOwedNotices } from '../../notices/write/create-owed-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { currentDeviceId } from '../devices/current-device-id.ts'
import { recordFinding } from './record-finding.ts'

/** Finding on its way from the journal. */
export interface RelayedFinding extends Finding {
  /** Event time at which it was cleared again, ms, where that came with it: by an upload, or after an outage. */
  endedAt?: number
}

export interface HandleFindingOptions {
  db: Kysely<Records>
  messages: MessageCatalog
  now(): number
}

/**
 * Handle a job of the `findings` queue: record the finding, its ticket and its notice in one transaction.
 * A finding that was over when it arrived gets a withdrawn notice.
 * @returns ids of new notices, to be enqueued; if the process dies before that, the next sweep enqueues them
 */
export async function handleFinding(
  finding: RelayedFinding,
  { db, messages, now }: HandleFindingOptions,
): Promise<string[]> {
  const { notice } = finding
  if (notice !== undefined && !messages.keys.includes(notice)) {
    // A retry cannot succeed before the text exists; then the dead letter can be retried.
    throw new UnrecoverableError(
      `Rule ${finding.rule} names the notice "${notice}", which has no text in notices/messages. Add the text or correct the rule, then retry the dead letter`,
    )
  }
  return db.transaction().execute(async (trx) => {
    const at = new Date(now())
    // A device may have been renamed while its finding was in the queue.
    const device = await currentDeviceId(trx, finding.device)
    await recordFinding(trx, { ...finding, device }, at)
    const notices = await createOwedNotices(trx, { messages, now: at, finding: finding.id, limit: 1 })
    const isOver = finding.endedAt !== undefined && notices.length > 0
    if (isOver) await withdrawNotices(trx, notices, 'the finding was cleared before it was sent')
    passFailpoint('findings.in_transaction')
    return isOver ? [] : notices
  })
}
