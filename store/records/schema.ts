import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { RuleSetEntry } from '../../contract/entry.ts'
import type { Evidence, Finding, Severity, TicketAction } from '../../contract/finding.ts'
import type { RuleChange } from '../../contract/rule-version.ts'
import type { DeskTables, TicketLifecycleColumns } from './desk-schema.ts'

/** Times in records are `timestamptz`, JavaScript dates on this side. */
type Timestamp = ColumnType<Date, Date, Date>

export interface OwnersTable {
  id: string
  created_at: Timestamp
  name: ColumnType<string | null, string | null | undefined, string | null>
  /** Language of the notices: `en`, `zh-CN`. */
  locale: Generated<string>
  /** IANA name of the time zone. */
  time_zone: Generated<string>
  /**
   * Quiet hours, in which only urgent notices are sent, in the owner's time zone: `22:00`. None when both are equal.
   */
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
  /** Presence that the device last published on its state topic. */
  presence: 'online' | 'lost' | null
  first_seen: Timestamp
  updated_at: Timestamp
  /** Since when the device is not in use any more; null while it is. */
  retired_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  /** Whether the device removed its announcement, or an operator retired it. */
  retired_by: ColumnType<'device' | 'operator' | null, 'device' | 'operator' | null | undefined, null>
  retired_reason: ColumnType<string | null, string | null | undefined, string | null>
  /** New id of a device that was renamed. Its tickets, findings and epochs are recorded under that id. */
  renamed_to: ColumnType<string | null, string | null | undefined, string | null>
  /** Earlier ids, oldest first. */
  former_ids: ColumnType<string[], string | undefined, string>
}

/** Start of each epoch of built-in parts; epoch 0 existed before and has no row. */
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
  /** Message key of a notice that waits until the device's owner is registered. */
  owed_notice: string | null
  /** Incident that the finding is grouped into. */
  incident_id: ColumnType<string | null, string | null | undefined, string | null>
  /** Action that the finding would have led to, while its incident suppresses it. */
  withheld: ColumnType<WithheldActions | null, string | null | undefined, string | null>
  /** Whether a shadow rule made the finding. */
  shadow: Generated<boolean>
  /** Start of the trial during which the rule, live or shadow, made the finding. */
  trial: ColumnType<Date | null, Date | null | undefined, Date | null>
  /** When it was recorded; null where that was before this was kept. */
  seen_at: ColumnType<Date | null, Date | null | undefined, never>
  /**
   * Of a raised finding: the newest finding of its episode (up to the one that clears it), and when it was cleared. Triggers keep
   * these; null in other rows.
   */
  newest_id: KeptByTrigger<string>
  newest_at: KeptByTrigger<Date>
  newest_severity: KeptByTrigger<Severity>
  cleared_at: KeptByTrigger<Date>
}

type KeptByTrigger<T> = ColumnType<T | null, T | null | undefined, never>

/** Every version of a rule that was ever in a live rule set. */
interface RuleVersionsTable {
  name: string
  version: string
  file: string
  text: string
  first_seen: Timestamp
  by: string
}

/** State changes of versions of rules. */
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

/**
 * Incident: findings of many devices at about the same time. At most one is open for each rule, kind, scope and
 * subject.
 */
export interface IncidentsTable {
  id: string
  rule: string
  kind: string
  scope: 'site' | 'firmware' | 'kind'
  /** Name of the site, model and firmware (`RV-20/2.1.0`), or the kind. */
  subject: string
  /** Highest severity of its findings. */
  severity: Severity
  /**
   * Threshold: more devices than this raised the same within the hour; null where a rule itself detected a shift of the
   * fleet.
   */
  threshold: number | null
  state: 'open' | 'closed'
  /** Event times of its first and its last finding. */
  opened_at: Timestamp
  last_at: Timestamp
  devices: number
  /** Findings that got no separate ticket and notice. */
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
  /** Result of the technician's inspection. */
  verdict: 'worn' | 'not_worn' | 'sensor_fault' | 'other' | null
  /** Event time of the finding that opened it. */
  opened_at: Timestamp
  evidence: JSONColumnType<Evidence>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface TicketHistoryTable {
  ticket_id: string
  /** Deterministic id, e.g. the finding's: the same step is never recorded twice. */
  step_id: string
  at: Timestamp
  actor: string
  what: string
  detail: JSONColumnType<Record<string, unknown>>
}

/** Notices: one for each message to an owner, with its delivery state. */
export interface NoticesTable {
  id: string
  user_id: string
  device_id: string | null
  ticket_id: string | null
  finding_id: string | null
  /**
   * Cause of the notice: a finding, the progress of a visit, a report, a question, a reminder; or a digest of several.
   */
  kind: Generated<string>
  /** Deduplication key, where it is not the finding: the same message is sent once. */
  dedupe_key: ColumnType<string | null, string | null | undefined, string | null>
  /** Language of the text. */
  locale: Generated<string>
  /** Whether it is sent during quiet hours. */
  urgent: Generated<boolean>
  /** Answers that the owner can choose from. */
  actions: ColumnType<string[], string | undefined, string>
  /** Digest that contains this notice; the notice itself is not sent. */
  digest_id: ColumnType<string | null, string | null | undefined, string | null>
  /** Message key. */
  notice: string
  title: string
  body: string
  data: JSONColumnType<Record<string, unknown>>
  /** `withdrawn`: not true any more, or not for this user: the finding was cleared, or the device has another owner. */
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'snoozed' | 'done' | 'failed' | 'withdrawn'
  attempts: number
  last_error: string | null
  /** From when its life counts: when it was written, or last came to be tried after a time without attempts. */
  created_at: Timestamp
  /** When the sweep processes it again; null when it is finished. */
  next_attempt_at: ColumnType<Date | null, Date | null, Date | null>
  sent_at: ColumnType<Date | null, Date | null, Date | null>
  delivered_at: ColumnType<Date | null, Date | null, Date | null>
  /** Since when it has been in the owner's inbox. */
  inbox_at: ColumnType<Date | null, Date | null, Date | null>
}

export interface QuarantineTable {
  id: string
  received_at: Timestamp
  topic: string
  /** MQTT client id of the sender, where known. */
  client: string | null
  device_id: string | null
  kind: string | null
  /** Metric of a single rejected value; null where a reading or message was rejected. */
  metric: string | null
  reason: string
  detail: string
  /** In full, as sent; empty once a retry has stored it. */
  payload: Buffer
  /** Size of the row, about. */
  bytes: number
  /** What became of it by a retry; null while it waits. */
  outcome: 'stored' | 'duplicate' | null
  retries: Generated<number>
  retried_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  /** When it is deleted; set some days before. */
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

/** Totals of the quarantine, in one row, changed in the transaction of what they count. */
interface QuarantineTotalsTable {
  singleton: Generated<boolean>
  /** Messages without an outcome. */
  waiting: ColumnType<string, number, number>
  bytes: ColumnType<string, number, number>
  /** Messages that were deleted because there were too many bytes. */
  dropped: ColumnType<string, number | undefined, number>
  /** Messages that were deleted because of their age. */
  expired: ColumnType<string, number | undefined, number>
}

/** One row: the sweeps of all processes. */
interface SweepsTable {
  singleton: Generated<boolean>
  /** Number of completed sweeps; the driver reads it as text. */
  completed: ColumnType<string, number, number>
  /** When the last one was completed, by the clock of the process that ran it. */
  completed_at: Timestamp
}

/** Offset up to which the rows have the entries of a stream of the journal; see `positions/journal-positions.ts`. */
interface JournalPositionsTable {
  /** Name of the journal consumer, e.g. `records/1`. */
  consumer: string
  /** PostgreSQL returns a bigint as text. */
  cursor: ColumnType<string, number, number>
  history: string
  updated_at: Timestamp
}

/** Findings whose jobs failed in all attempts: the only copy besides the queue. */
interface FailedFindingsTable {
  finding_id: string
  finding: JSONColumnType<Finding>
  failed_at: Timestamp
}

export interface Records extends DeskTables {
  journal_positions: JournalPositionsTable
  failed_findings: FailedFindingsTable
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
  quarantine_totals: QuarantineTotalsTable
  sweeps: SweepsTable
}
