import { type NotNull, type Selectable, sql, type Transaction } from 'kysely'
import type { DevicesTable, FindingsTable, Records } from '../../store/records/schema.ts'
import type { MessageCatalog } from '../messages/message-catalog.ts'
import type { NoticeAction } from '../notice.ts'
import { type NewNotice, noticeIdFor, writeNotices } from './write-notices.ts'

export interface CreateOwedNoticesOptions {
  messages: MessageCatalog
  now: Date
  /** Restricts the call to the notices of these findings. */
  findings?: readonly string[]
  /** Restricts the call to notices about these devices. */
  devices?: readonly string[]
  /** Maximum number of notices. */
  limit: number
}

/** A new notice, and the finding that owed it. */
export interface OwedNotice {
  notice: string
  finding: string
}

/**
 * Write the notices that findings owe to known owners into the ledger: one for each raised finding, in the owner's
 * language and time zone. The finding's id is the dedupe key, so no owner gets a notice twice.
 * @returns the new notices, which are due at once
 * @throws UnknownMessageError
 */
export async function createOwedNotices(
  trx: Transaction<Records>,
  { messages, now, findings, devices, limit }: CreateOwedNoticesOptions,
): Promise<OwedNotice[]> {
  const owed = await trx
    .selectFrom('findings')
    .innerJoin('devices', 'devices.id', 'findings.device_id')
    .leftJoin('owners', 'owners.id', 'devices.owner_id')
    .selectAll('findings')
    .select(['devices.kind', 'devices.model', 'devices.owner_id', 'owners.locale', 'owners.time_zone'])
    .where('findings.owed_notice', 'in', [...messages.keys])
    .where('devices.owner_id', 'is not', null)
    .where('devices.retired_at', 'is', null)
    .$if(findings !== undefined, (query) => query.where('findings.id', 'in', findings ?? []))
    .$if(devices !== undefined, (query) =>
      query.where(sql<boolean>`findings.device_id = any(${[...(devices ?? [])]}::text[])`),
    )
    .orderBy('findings.at')
    .limit(limit)
    .$narrowType<{ owed_notice: NotNull; owner_id: NotNull }>()
    .execute()
  if (owed.length === 0) return []
  const written = await writeNotices(
    trx,
    owed.map((finding) => noticeForFinding(finding, messages, now)),
  )
  const paid = owed.map(({ id }) => id)
  await trx.updateTable('findings').set({ owed_notice: null }).where('id', 'in', paid).execute()
  const findingOf = new Map(paid.map((id) => [noticeIdFor(id), id]))
  return written.map((notice) => ({ notice, finding: findingOf.get(notice) ?? '' }))
}

type OwedFinding = Selectable<FindingsTable> &
  Pick<Selectable<DevicesTable>, 'kind' | 'model'> & {
    owner_id: string
    owed_notice: string
    locale: string | null
    time_zone: string | null
  }

function noticeForFinding(finding: OwedFinding, catalog: MessageCatalog, now: Date): NewNotice {
  const { owed_notice: key, device_id, ticket_id, evidence, kind, component, severity } = finding
  const messages = catalog.forLocale(finding.locale ?? 'en')
  const timeZone = finding.time_zone ?? 'UTC'
  const at = finding.at.getTime()
  return {
    recipient: { user: finding.owner_id, messages, timeZone },
    dedupeKey: finding.id,
    noticeKind: 'finding',
    messageKey: key,
    ...messages.renderFinding(key, { device: finding, at, timeZone, evidence }),
    device: device_id,
    ticket: ticket_id,
    finding: finding.id,
    urgent: severity === 'critical',
    actions: ticket_id === null ? actionsWithoutVisit : ['book', ...actionsWithoutVisit],
    kind,
    component,
    severity,
    at,
    evidence,
    now,
  }
}

const actionsWithoutVisit: readonly NoticeAction[] = ['snooze', 'done_myself', 'not_interested']
