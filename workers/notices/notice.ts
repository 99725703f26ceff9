import type { Selectable } from 'kysely'
import type { Evidence, Severity } from '../../rules/finding.ts'
import type { NoticesTable } from '../../store/records/schema.ts'

/** What an owner gets, by whatever channel. */
export interface Notice {
  /** The same however often it is sent: a phone shows it once. */
  id: string
  user: string
  /** Null where it is about several. */
  device: string | null
  kind: string
  component: string
  severity: Severity
  title: string
  body: string
  /** Id of the finding that is its reason; null where it has another one. */
  finding: string | null
  /** Event time of that finding, milliseconds since 1970 UTC. */
  at: number
  evidence: Evidence
}

/** What the ledger keeps in `data`: the part of a notice that has no column. */
export type NoticeData = Pick<Notice, 'kind' | 'component' | 'severity' | 'at' | 'evidence'>

type NoticeRow = Pick<
  Selectable<NoticesTable>,
  'id' | 'user_id' | 'device_id' | 'title' | 'body' | 'finding_id' | 'data'
>

export function noticeOf(row: NoticeRow): Notice {
  // Only `createOwedNotices` writes this column.
  const { kind, component, severity, at, evidence } = row.data as unknown as NoticeData
  const { id, user_id: user, device_id: device, title, body, finding_id: finding } = row
  return { id, user, device, kind, component, severity, title, body, finding, at, evidence }
}
