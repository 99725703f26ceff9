import { UnrecoverableError } from 'bullmq'
import type { Kysely, Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { withdrawNotices } from '../../notices/deliver/withdraw-obsolete.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createOwedNotices, type OwedNotice } from '../../notices/write/create-owed-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { currentDeviceIds } from '../devices/current-device-id.ts'
import { recordFindings } from './record-findings.ts'

/** Finding on its way from the journal. */
export interface RelayedFinding extends Finding {
  /** Event time at which it was cleared again, ms, where that came with it: by an upload, or after an outage. */
  endedAt?: number
}

export interface HandleFindingsOptions {
  db: Kysely<Records>
  messages: MessageCatalog
  now(): number
}

/**
 * Handle a job of the `findings` queue: record the findings, their tickets and their notices in one transaction.
 * A finding that was over when it arrived gets a withdrawn notice.
 * @returns the new notices, to be enqueued; if the process dies before that, the next sweep enqueues them
 */
export async function handleFindings(
  findings: readonly RelayedFinding[],
  { db, messages, now }: HandleFindingsOptions,
): Promise<OwedNotice[]> {
  for (const finding of findings) requireNoticeText(finding, messages)
  const written = await db.transaction().execute(async (trx) => {
    const at = new Date(now())
    // A device may have been renamed while its finding was in the queue.
    const devices = await currentDeviceIds(
      trx,
      findings.map(({ device }) => device),
    )
    await recordFindings(
      trx,
      findings.map((finding) => ({ ...finding, device: devices.get(finding.device) ?? finding.device })),
      at,
    )
    const written = await writeNoticesOf(trx, findings, { messages, now: at })
    passFailpoint('findings.in_transaction')
    return written
  })
  return [...written, ...(await writeMissedNotices(findings, written, { db, messages, now }))]
}

/**
 * Look again for notices that could not be written: the device may have been recorded since, and the one that records it may
 * have looked before the findings were committed.
 */
async function writeMissedNotices(
  findings: readonly RelayedFinding[],
  written: readonly OwedNotice[],
  { db, messages, now }: HandleFindingsOptions,
): Promise<OwedNotice[]> {
  const done = new Set(written.map(({ finding }) => finding))
  const missed = findings
    .filter((finding) => owesNotice(finding) && finding.endedAt === undefined && !done.has(finding.id))
    .map(({ id }) => id)
  if (missed.length === 0) return []
  const options = { messages, now: new Date(now()), findings: missed, limit: missed.length }
  return db.transaction().execute((trx) => createOwedNotices(trx, options))
}

function owesNotice({ notice, state, shadow }: Finding): boolean {
  return notice !== undefined && state === 'raised' && !shadow
}

/** @throws UnrecoverableError: a retry cannot succeed before the text exists; then the dead letter can be retried */
function requireNoticeText({ notice, rule }: Finding, messages: MessageCatalog): void {
  if (notice === undefined || messages.keys.includes(notice)) return
  throw new UnrecoverableError(
    `Rule ${rule} names the notice "${notice}", which has no text in notices/messages. Add the text or correct the rule, then retry the dead letter`,
  )
}

/** Write the notices that findings owe, and withdraw those of findings that are over. @returns the others */
async function writeNoticesOf(
  trx: Transaction<Records>,
  findings: readonly RelayedFinding[],
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<OwedNotice[]> {
  const owing = findings.filter(owesNotice)
  if (owing.length === 0) return []
  const ids = owing.map(({ id }) => id)
  const written = await createOwedNotices(trx, { messages, now, findings: ids, limit: ids.length })
  const over = new Set(owing.filter(({ endedAt }) => endedAt !== undefined).map(({ id }) => id))
  const obsolete = written.filter(({ finding }) => over.has(finding))
  if (obsolete.length > 0)
    await withdrawNotices(
      trx,
      obsolete.map(({ notice }) => notice),
      'the finding was cleared before it was sent',
    )
  return written.filter(({ finding }) => !over.has(finding))
}
