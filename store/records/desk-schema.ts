import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { EventEntry } from '../../contract/entry.ts'

type Timestamp = ColumnType<Date, Date, Date>
type NullableTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>
type JsonColumn<T> = ColumnType<T, string, string>

/** Last ticket number assigned in each year (UTC). */
interface TicketNumbersTable {
  year: number
  last: number
}

/** Columns of a ticket for its workflow and SLA clocks, not for its findings. */
export interface TicketLifecycleColumns {
  /** Unique and readable: `FW-2026-000123`. */
  number: string
  /** Incremented with every change that people make or see; the source of the ETag. */
  version: Generated<number>
  technician_id: Nullable<string>
  shelved_until: NullableTimestamp
  /** Response deadline, extended by the time spent waiting for the owner; null before the clocks start. */
  respond_by: NullableTimestamp
  /** When a technician accepted it. */
  responded_at: NullableTimestamp
  /** Levels 1 and 2: deadline for being on site; level 3: deadline for the resolution. */
  solve_by: NullableTimestamp
  /**
   * When the sweep has to look at its clocks: the next escalation step, or 1970 where they have changed; null when there is
   * nothing to come. A trigger sets it back to 1970 with every change to what the clocks depend on.
   */
  next_deadline: NullableTimestamp
  on_site_at: NullableTimestamp
  resolved_at: NullableTimestamp
  closed_at: NullableTimestamp
  /** Since when the ticket has waited for the owner; the clocks are paused meanwhile. */
  waiting_since: NullableTimestamp
  /** Total of earlier pauses, ms. PostgreSQL returns a bigint as text. */
  waited_ms: ColumnType<string, number | undefined, number>
  /** Agreed time of the visit. */
  visit_from: NullableTimestamp
  visit_until: NullableTimestamp
  cause: Nullable<string>
  work: Nullable<string>
  next_service_at: NullableTimestamp
}

/** Tickets whose owners may have to be notified: triggers insert them, and the sweep deletes them when it has looked. */
interface TicketNoticeChecksTable {
  id: Generated<string>
  ticket_id: string
}

/** Escalations that were made: each clock of a ticket escalates once in each step. */
export interface EscalationsTable {
  ticket_id: string
  clock: 'response' | 'solution'
  step: 'at_risk' | 'breached' | 'overdue'
  told: 'technician' | 'dispatcher' | 'service_manager'
  at: Timestamp
}

/** Working hours in the technician's own time zone: ISO days (1 is Monday), `08:00`. */
export interface Shift {
  days: number[]
  from: string
  until: string
}

export interface TechniciansTable {
  id: string
  name: string
  /** Home area. */
  region: string | null
  latitude: number | null
  longitude: number | null
  time_zone: string
  shift: JsonColumn<Shift[]>
  visits_a_day: number
  /** Rating by owners, 1 to 5; null before the first. */
  rating: number | null
  /** The depot that the technician carries along (van stock). */
  van_id: string | null
  active: boolean
  version: Generated<number>
  updated_at: Timestamp
}

/** Skill of a technician; `model` and `kind` are `*` where it applies to all. */
interface TechnicianSkillsTable {
  technician_id: string
  skill: string
  kind: string
  model: string
}

/** Offer of a ticket to a technician. At most one offer of a ticket is unanswered. */
export interface OffersTable {
  id: string
  ticket_id: string
  technician_id: string
  offered_at: Timestamp
  answer_by: Timestamp
  state: 'offered' | 'accepted' | 'declined' | 'expired' | 'withdrawn'
  reason: Nullable<string>
  answered_at: NullableTimestamp
}

export interface DepotsTable {
  id: string
  name: string
  kind: 'depot' | 'van'
  region: string | null
  latitude: number | null
  longitude: number | null
  version: Generated<number>
  updated_at: Timestamp
}

/** Stock of a part: `on_hand - reserved` is available; below `safety` a replenishment is due. */
export interface StockTable {
  depot_id: string
  part: string
  on_hand: number
  reserved: Generated<number>
  safety: Generated<number>
  version: Generated<number>
  updated_at: Timestamp
}

export interface ReservationsTable {
  id: string
  ticket_id: string
  depot_id: string
  part: string
  quantity: number
  state: 'held' | 'used' | 'released'
  at: Timestamp
}

export interface ReplenishmentsTable {
  id: string
  depot_id: string
  part: string
  state: 'open' | 'done'
  /** Quantity on hand and not reserved when the replenishment was raised. */
  available: number
  safety: number
  raised_at: Timestamp
  done_at: NullableTimestamp
}

/** Contact of a user besides MQTT and the inbox; users are owners, technicians, `dispatcher`, `service_manager`. */
export interface ContactsTable {
  id: string
  user_id: string
  /** Name of a channel: `email`, `webpush`, `webhook`, `fcm`. */
  channel: string
  address: JsonColumn<Record<string, unknown>>
  /** `gone`: the receiving service reported that the contact no longer exists. */
  state: 'active' | 'gone'
  created_at: Timestamp
}

/** Delivery state of a notice for each channel and contact; `contact_id` is empty where a channel needs none. */
interface DeliveriesTable {
  notice_id: string
  channel: string
  contact_id: string
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed'
  attempts: number
  last_error: string | null
  /** Time of delivery. */
  at: Timestamp
  /**
   * Earliest time of the next attempt; each attempt moves it first, so two processes never attempt at once. Null when finished.
   */
  not_before: NullableTimestamp
}

/** Action of an owner on a notice. */
interface OwnerAnswersTable {
  id: string
  notice_id: string
  user_id: string
  action: 'book' | 'snooze' | 'done_myself' | 'not_interested' | 'rate'
  data: JsonColumn<Record<string, unknown>>
  at: Timestamp
}

interface SurveysTable {
  ticket_id: string
  user_id: string
  asked_at: Timestamp
  /** Rating, 1 to 5. */
  score: Nullable<number>
  comment: Nullable<string>
  answered_at: NullableTimestamp
}

/** Maintenance reminders that were sent: one for each device, maintenance item and due date. */
interface MaintenanceRemindersTable {
  device_id: string
  care: string
  /** Due date, `2026-04-01`, or usage at which it was due, `500h`. */
  due_on: string
  at: Timestamp
}

/** Rules whose precision, measured by technicians' verdicts, has dropped. */
interface RuleFlagsTable {
  rule: string
  version: string
  verdicts: number
  precision: number
  suggestion: ColumnType<Record<string, unknown> | null, string | null, string | null>
  state: 'open' | 'done'
  flagged_at: Timestamp
}

/** Events of the service desk, in the order of the transactions: see `desk/desk-events.ts`. */
interface DeskEventsTable {
  tx: Generated<string>
  id: Generated<string>
  type: string
  ticket_id: string | null
  at: Timestamp
  data: JSONColumnType<Record<string, unknown>>
  handled: Generated<boolean>
}

/**
 * Outbox of the desk to the journal, e.g. a replaced part: written in the transaction of its cause, sent by the sweep.
 */
interface JournalOutboxTable {
  id: string
  entry: JsonColumn<EventEntry>
  created_at: Timestamp
  sent_at: NullableTimestamp
}

/** Responses to commands that had an `Idempotency-Key`. */
interface IdempotencyKeysTable {
  key: string
  /** Hash of method, URL and body. */
  request: string
  status: number
  response: JsonColumn<unknown>
  at: Timestamp
}

export interface DeskTables {
  ticket_numbers: TicketNumbersTable
  ticket_notice_checks: TicketNoticeChecksTable
  escalations: EscalationsTable
  technicians: TechniciansTable
  technician_skills: TechnicianSkillsTable
  offers: OffersTable
  depots: DepotsTable
  stock: StockTable
  reservations: ReservationsTable
  replenishments: ReplenishmentsTable
  contacts: ContactsTable
  deliveries: DeliveriesTable
  owner_answers: OwnerAnswersTable
  surveys: SurveysTable
  care_reminders: MaintenanceRemindersTable
  rule_flags: RuleFlagsTable
  desk_events: DeskEventsTable
  journal_outbox: JournalOutboxTable
  idempotency_keys: IdempotencyKeysTable
}
