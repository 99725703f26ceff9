import type { Selectable } from 'kysely'
import type { Evidence, Severity } from '../contract/finding.ts'
import type { NoticesTable } from '../store/records/schema.ts'

/** What an owner gets, by whatever channel. */
export interface Notice {
  /** The same however often it is sent: a phone shows it once. */
  id: string
  user: string
  /** Null where it is about several. */
  device: string | null
  /** The ticket that it is about, e.g. to book a visit. */
  ticket: string | null
  /** Of the device. */
  kind: string | null
  component: string | null
  severity: Severity
  /** It is for now, be it in the middle of the night. */
  urgent: boolean
  title: string
  body: string
  /** What can be answered, and what is on the button of each. */
  actions: NoticeButton[]
  /** Id of the finding that is its reason; null where it has another one. */
  finding: string | null
  /** Event time of what it tells, milliseconds since 1970 UTC. */
  at: number
  evidence: Evidence | null
}

export const noticeActions = ['book', 'snooze', 'done_myself', 'not_interested', 'rate'] as const
export type NoticeAction = (typeof noticeActions)[number]

interface NoticeButton {
  action: NoticeAction
  label: string
}

/** What the ledger keeps in `data`: the part of a notice that has no column. */
export type NoticeData = Pick<Notice, 'kind' | 'component' | 'severity' | 'at' | 'evidence'> & {
  buttons: NoticeButton[]
}

type NoticeRow = Pick<
  Selectable<NoticesTable>,
  'id' | 'user_id' | 'device_id' | 'ticket_id' | 'urgent' | 'title' | 'body' | 'finding_id' | 'data'
>

export function noticeFromRow(row: NoticeRow): Notice {
  // Only `noticeRow` writes this column; what was written before there were buttons has none.
  const { kind, component, severity, at, evidence, buttons = [] } = row.data as unknown as NoticeData
  const { id, user_id: user, device_id: device, ticket_id: ticket, title, body, finding_id: finding } = row
  const about = { device, ticket, kind, component, severity, urgent: row.urgent }
  return { id, user, ...about, title, body, actions: buttons, finding, at, evidence }
}
