import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { RuleSetEntry } from '../../contract/entry.ts'
import type { Evidence, Severity, TicketAction } from '../../contract/finding.ts'
import type { RuleChange } from '../../contract/rule-version.ts'
import type { DeskTables, TicketLifecycleColumns } from './desk-schema.ts'

/** Times in records are `timestamptz`, JavaScript dates on this side. */
type Timestamp = ColumnType<Date, Date, Date>

export interface OwnersTable {
  id: string
  created_at: Timestamp
  name: ColumnType<string | null, string | null | undefined, string | null>
  /** Of the notices: `en`, `zh-CN`. */
  locale: Generated<string>
  /** IANA name. */
  time_zone: Generated<string>
  /** Hours in which only what is urgent is sent, in the owner's time zone: `22:00`. Equal ones: none. */
  quiet_from: Generated<string>
  quiet_until: Generated<string>
  region: ColumnType<string | null, string | null | undefined, string | null>
  latitude: ColumnType<number | null, number | null | undefined, number | null>
  longitude: ColumnType<number | null, number | null | undefined, number | null>
  version: Generated<number>
}

export interface DevicesTable {
  id: string
  kind: string
  model: string | null
  firmware: string | null
  owner_id: string | null
  site: string | null
  region: string | null
  in_use_since: ColumnType<Date | null, Date | null | undefined, Date | null>
  /** What the device last said of itself on its state topic. */
  presence: 'online' | 'lost' | null
  first_seen: Timestamp
  updated_at: Timestamp
}

/** When the lives of built-in parts began; life 0 was there before and has no row. */
interface EpochsTable {
  device_id: string
  component: string
  /** 1 for the first replacement. */
  number: number
  since: Timestamp
}

export interface FindingsTable {
  id: string
  device_id: string
  component: string
  epoch: number
  rule: string
  version: string
  state: 'raised' | 'updated' | 'cleared'
  severity: Severity
  at: Timestamp
  evidence: JSONColumnType<Evidence>
  ticket_id: string | null
  /** Message key of a notice that waits until the device's owner is known. */
  owed_notice: string | null
  /** The incident that it is part of. */
  incident_id: ColumnType<string | null, string | null | undefined, string | null>
  /** What it would have led to, while its incident keeps it back. */
  withheld: ColumnType<WithheldActions | null, string | null | undefined, string | null>
  /** Of a rule on trial. */
  shadow: Generated<boolean>
  /** When the trial began during which its rule found it, live or shadow. */
  trial: ColumnType<Date | null, Date | null | undefined, Date | null>
}

/** Every version of a rule that was ever in force. */
interface RuleVersionsTable {
  name: string
  version: string
  file: string
  text: string
  first_seen: Timestamp
  by: string
}

/** What became of versions of rules. */
interface RuleChangesTable {
  name: string
  version: string
  at: Timestamp
  became: RuleChange['to']
  why: RuleSetEntry['why']
  by: string
}

interface WithheldActions {
  notice?: string
  ticket?: TicketAction
}

/** What many devices raise at about the same time, as one entry. One is open for each rule, kind, scope and subject. */
export interface IncidentsTable {
  id: string
  rule: string
  kind: string
  scope: 'site' | 'firmware' | 'kind'
  /** The name of the site, model and firmware (`RV-20/2.1.0`), or the kind. */
  subject: string
  /** The highest of its findings. */
  severity: Severity
  /** More devices than this raised the same within the hour; null where the rules themselves saw a fleet's shift. */
  threshold: number | null
  state: 'open' | 'closed'
  /** Event times of its first and its last finding. */
  opened_at: Timestamp
  last_at: Timestamp
  devices: number
  /** Findings that were kept from tickets and notices of their own. */
  folded: number
  created_at: Timestamp
  updated_at: Timestamp
}

/** One open ticket (work state neither closed nor cancelled) per (device, component, epoch): a partial unique index. */
export interface TicketsTable extends TicketLifecycleColumns {
  id: string
  device_id: string
  component: string
  epoch: number
  rule: string
  severity: Severity
  sla: TicketAction['sla']
  part: string | null
  skill: string | null
  condition: 'active' | 'cleared'
  operator_state: 'unacknowledged' | 'acknowledged' | 'shelved'
  work_state: 'open' | 'assigned' | 'en_route' | 'in_progress' | 'resolved' | 'closed' | 'cancelled'
  /** What the technician found. */
  verdict: 'worn' | 'not_worn' | 'sensor_fault' | 'other' | null
  /** Event time of the finding that opened it. */
  opened_at: Timestamp
  evidence: JSONColumnType<Evidence>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface TicketHistoryTable {
  ticket_id: string
  /** Deterministic, e.g. the finding's id: the same step is never noted twice. */
  step_id: string
  at: Timestamp
  actor: string
  what: string
  detail: JSONColumnType<Record<string, unknown>>
}

/** The notice ledger: what each owner has to get, and how far it got. */
export interface NoticesTable {
  id: string
  user_id: string
  device_id: string | null
  ticket_id: string | null
  finding_id: string | null
  /** What made it: a finding, the progress of a visit, a report, a question, a reminder; or a digest of several. */
  kind: Generated<string>
  /** The same thing is told once: what makes it the same, where it is not its finding. */
  dedupe_key: ColumnType<string | null, string | null | undefined, string | null>
  /** The language it is written in. */
  locale: Generated<string>
  /** It does not wait for the end of quiet hours. */
  urgent: Generated<boolean>
  /** What the owner may answer. */
  actions: ColumnType<string[], string | undefined, string>
  /** The digest that it was folded into: it is not sent itself. */
  digest_id: ColumnType<string | null, string | null | undefined, string | null>
  /** Message key. */
  notice: string
  title: string
  body: string
  data: JSONColumnType<Record<string, unknown>>
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'snoozed' | 'done' | 'failed'
  attempts: number
  last_error: string | null
  created_at: Timestamp
  /** When the sweep looks at it again; null when nothing more is to do. */
  next_attempt_at: ColumnType<Date | null, Date | null, Date | null>
  sent_at: ColumnType<Date | null, Date | null, Date | null>
  delivered_at: ColumnType<Date | null, Date | null, Date | null>
  /** Since when the owner finds it in the inbox. */
  inbox_at: ColumnType<Date | null, Date | null, Date | null>
}

export interface QuarantineTable {
  id: string
  received_at: Timestamp
  topic: string
  device_id: string | null
  reason: string
  detail: string
  payload: string
}

export interface Records extends DeskTables {
  owners: OwnersTable
  devices: DevicesTable
  epochs: EpochsTable
  findings: FindingsTable
  incidents: IncidentsTable
  rule_versions: RuleVersionsTable
  rule_changes: RuleChangesTable
  tickets: TicketsTable
  ticket_history: TicketHistoryTable
  notices: NoticesTable
  quarantine: QuarantineTable
}
