import type { Selectable } from 'kysely'
import type { Evidence, Severity } from '../contract/finding.ts'
import { dayMs } from '../lib/time.ts'
import type { NoticesTable } from '../store/records/schema.ts'

/** Time after which a notice that has not arrived is given up, ms. */
export const noticeTtlMs = 7 * dayMs

/** Notification to one user, the same on every channel. */
export interface Notice {
  /** The same for every attempt, so that a phone shows the notice once. */
  id: string
  user: string
  /** Null when the notice is about several devices. */
  device: string | null
  /** Ticket of the notice, e.g. to book a visit. */
  ticket: string | null
  /** Kind of the device. */
  kind: string | null
  component: string | null
  severity: Severity
  /** Sent at once, also in quiet hours. */
  urgent: boolean
  title: string
  body: string
  /** Possible answers, with their button labels. */
  actions: NoticeButton[]
  /** Id of the finding that caused the notice; null when something else did. */
  finding: string | null
  /** Event time of the cause, ms since 1970 UTC. */
  at: number
  evidence: Evidence | null
}

export const noticeActions = ['book', 'snooze', 'done_myself', 'not_interested', 'rate'] as const
export type NoticeAction = (typeof noticeActions)[number]

interface NoticeButton {
  action: NoticeAction
  label: string
}

/** Column `data` of the delivery ledger: the fields of a notice that have no column of their own. */
export type NoticeData = Pick<Notice, 'kind' | 'component' | 'severity' | 'at' | 'evidence'> & {
  buttons: NoticeButton[]
}

type NoticeRow = Pick<
  Selectable<NoticesTable>,
  'id' | 'user_id' | 'device_id' | 'ticket_id' | 'urgent' | 'title' | 'body' | 'finding_id' | 'data'
>

/** Return the notice that a row of the ledger contains. */
export function noticeFromRow(row: NoticeRow): Notice {
  // Only `toNoticeRow` writes this column; rows that are older than buttons have none.
  const { kind, component, severity, at, evidence, buttons = [] } = row.data as unknown as NoticeData
  const { id, user_id: user, device_id: device, ticket_id: ticket, title, body, finding_id: finding } = row
  const about = { device, ticket, kind, component, severity, urgent: row.urgent }
  return { id, user, ...about, title, body, actions: buttons, finding, at, evidence }
}
