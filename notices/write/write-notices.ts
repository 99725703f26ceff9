import { createHash } from 'node:crypto'
import type { Insertable, Kysely, Transaction } from 'kysely'
import type { NoticesTable, Records } from '../../store/records/schema.ts'
import type { LocaleMessages, MessageCatalog, NoticeText } from '../messages/message-catalog.ts'
import type { NoticeAction, NoticeData } from '../notice.ts'

/** In which language, and by whose clock, somebody is told. */
export interface Recipient {
  user: string
  messages: LocaleMessages
  /** IANA name. */
  timeZone: string
}

/** A user who is no owner, e.g. a technician, reads English by the clock of `timeZone`. */
export async function loadRecipient(
  db: Kysely<Records>,
  user: string,
  { messages, timeZone = 'UTC' }: { messages: MessageCatalog; timeZone?: string },
): Promise<Recipient> {
  const owner = await db
    .selectFrom('owners')
    .select(['locale', 'time_zone'])
    .where('id', '=', user)
    .executeTakeFirst()
  return { user, messages: messages.forLocale(owner?.locale ?? 'en'), timeZone: owner?.time_zone ?? timeZone }
}

export interface NewNotice extends NoticeText, Omit<NoticeData, 'buttons'> {
  recipient: Recipient
  /** What makes it the same notice: it is written once. */
  dedupeKey: string
  /** What made it: `finding`, `progress`, `report`, `survey`, `care`, `reminder`, `digest`, `staff`. */
  noticeKind: string
  /** Message key. */
  messageKey: string
  device: string | null
  ticket: string | null
  finding?: string
  urgent?: boolean
  actions?: readonly NoticeAction[]
  /** From when on it is there, and due. */
  now: Date
}

/** As the ledger keeps a new notice. */
function toNoticeRow(notice: NewNotice): Insertable<NoticesTable> & { id: string } {
  const { recipient: reader, dedupeKey: same, actions = [], urgent = false, now } = notice
  const { kind, component, severity, at, evidence } = notice
  const buttons = actions.map((action) => ({ action, label: reader.messages.actionLabel(action) }))
  const data: NoticeData = { kind, component, severity, at, evidence, buttons }
  return {
    id: noticeIdFor(same),
    user_id: reader.user,
    device_id: notice.device,
    ticket_id: notice.ticket,
    finding_id: notice.finding ?? null,
    kind: notice.noticeKind,
    dedupe_key: same,
    locale: reader.messages.locale,
    urgent,
    actions: JSON.stringify(actions),
    notice: notice.messageKey,
    title: notice.title,
    body: notice.body,
    data: JSON.stringify(data),
    state: 'queued',
    attempts: 0,
    created_at: now,
    next_attempt_at: now,
  }
}

/** Writes notices into the ledger; those that are there already stay as they are. @returns the ids of the new ones */
export async function writeNotices(
  trx: Transaction<Records>,
  notices: readonly NewNotice[],
): Promise<string[]> {
  if (notices.length === 0) return []
  const rows = await trx
    .insertInto('notices')
    .values(notices.map(toNoticeRow))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Fits into an MQTT topic. */
function noticeIdFor(dedupeKey: string): string {
  return `n-${createHash('sha256').update(dedupeKey).digest('hex').slice(0, 20)}`
}
