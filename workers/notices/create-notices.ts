import { createHash } from 'node:crypto'
import type { NotNull, Selectable, Transaction } from 'kysely'
import type { DevicesTable, FindingsTable, Records } from '../../store/records/schema.ts'
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
    .$narrowType<{ owed_notice: NotNull; owner_id: NotNull }>()
    .execute()
  if (owed.length === 0) return []
  const notices = owed.map((finding) => noticeRow(finding, messages, now))
  await trx
    .insertInto('notices')
    .values(notices)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const findings = owed.map(({ id }) => id)
  await trx.updateTable('findings').set({ owed_notice: null }).where('id', 'in', findings).execute()
  return notices.map(({ id }) => id)
}

type OwedFinding = Selectable<FindingsTable> &
  Pick<Selectable<DevicesTable>, 'kind' | 'model'> & { owner_id: string; owed_notice: string }

function noticeRow(finding: OwedFinding, messages: Messages, now: Date) {
  const { id, device_id, ticket_id, owed_notice, owner_id, evidence, kind, component, severity } = finding
  const at = finding.at.getTime()
  const data: NoticeData = { kind, component, severity, at, evidence }
  return {
    id: noticeId(id),
    user_id: owner_id,
    device_id,
    ticket_id,
    finding_id: id,
    notice: owed_notice,
    ...messages.render(owed_notice, { device: finding, at, evidence }),
    data: JSON.stringify(data),
    state: 'queued' as const,
    attempts: 0,
    created_at: now,
    next_attempt_at: now,
  }
}

/** Fits into an MQTT topic. */
function noticeId(finding: string): string {
  return `n-${createHash('sha256').update(finding).digest('hex').slice(0, 20)}`
}
