import { createHash } from 'node:crypto'
import type { Insertable, Kysely, Transaction } from 'kysely'
import type { NoticesTable, Records } from '../../store/records/schema.ts'
import type { LocaleMessages, MessageCatalog, NoticeText } from '../messages/message-catalog.ts'
import type { NoticeAction, NoticeData } from '../notice.ts'

/** User that a notice is for, with the language and the time zone of its texts. */
export interface Recipient {
  user: string
  messages: LocaleMessages
  /** IANA name. */
  timeZone: string
}

/** Return language and time zone of a user: the owner's, or English and `timeZone` for other users, e.g. technicians. */
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
  /** Identity of the notice: of several with the same key the first is written. */
  dedupeKey: string
  /** `finding`, `progress`, `report`, `survey`, `maintenance_reminder`, `reminder`, `digest` or `staff`. */
  noticeKind: string
  /** Message key. */
  messageKey: string
  device: string | null
  ticket: string | null
  finding?: string
  urgent?: boolean
  actions?: readonly NoticeAction[]
  /** Time of creation, at which the notice is due, too. */
  now: Date
}

/** Return the row of the ledger for a new notice. */
function toNoticeRow(notice: NewNotice): Insertable<NoticesTable> & { id: string } {
  const { recipient, dedupeKey, actions = [], urgent = false, now } = notice
  const { kind, component, severity, at, evidence } = notice
  const buttons = actions.map((action) => ({ action, label: recipient.messages.actionLabel(action) }))
  const data: NoticeData = { kind, component, severity, at, evidence, buttons }
  return {
    id: noticeIdFor(dedupeKey),
    user_id: recipient.user,
    device_id: notice.device,
    ticket_id: notice.ticket,
    finding_id: notice.finding ?? null,
    kind: notice.noticeKind,
    dedupe_key: dedupeKey,
    locale: recipient.messages.locale,
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

/** Write notices into the ledger; existing ones stay unchanged. @returns the ids of the new ones */
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

/** Return the id of the notice with a dedupe key; it is valid as a level of an MQTT topic. */
export function noticeIdFor(dedupeKey: string): string {
  return `n-${createHash('sha256').update(dedupeKey).digest('hex').slice(0, 20)}`
}
