import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { Messages } from './messages.ts'
import type { NoticeData } from './notice.ts'

export interface CreateNoticesOptions {
  messages: Messages
  now: Date
  /** Only the notice of this finding. */
  finding?: string
  /** At most so many. */
  limit: number
}

/**
 * Writes into the ledger the notices that findings owe to owners that are known: one for each raised finding, so that
 * no owner gets the same thing twice.
 * @returns the ids of the new notices, which are due at once
 */
export async function createOwedNotices(
  trx: Transaction<Records>,
  { messages, now, finding, limit }: CreateNoticesOptions,
): Promise<string[]> {
  const owed = await trx
    .selectFrom('findings')
    .innerJoin('devices', 'devices.id', 'findings.device_id')
    .selectAll('findings')
    .select(['devices.kind', 'devices.model', 'devices.owner_id'])
    .where('findings.owed_notice', 'in', [...messages.keys])
    .where('devices.owner_id', 'is not', null)
    .$if(finding !== undefined, (query) => query.where('findings.id', '=', finding ?? ''))
    .orderBy('findings.at')
    .limit(limit)
    .execute()
  if (owed.length === 0) return []
  const notices = owed.map((row) => {
    const at = row.at.getTime()
    const notice = row.owed_notice ?? ''
    const data: NoticeData = {
      kind: row.kind,
      component: row.component,
      severity: row.severity,
      at,
      evidence: row.evidence,
    }
    return {
      id: noticeId(row.id),
      user_id: row.owner_id ?? '',
      device_id: row.device_id,
      ticket_id: row.ticket_id,
      finding_id: row.id,
      notice,
      ...messages.render(notice, { device: row, at, evidence: row.evidence }),
      data: JSON.stringify(data),
      state: 'queued' as const,
      attempts: 0,
      created_at: now,
      next_attempt_at: now,
    }
  })
  await trx
    .insertInto('notices')
    .values(notices)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const findings = owed.map(({ id }) => id)
  await trx.updateTable('findings').set({ owed_notice: null }).where('id', 'in', findings).execute()
  return notices.map(({ id }) => id)
}

/** Fits into an MQTT topic. */
function noticeId(finding: string): string {
  return `n-${createHash('sha256').update(finding).digest('hex').slice(0, 20)}`
}
