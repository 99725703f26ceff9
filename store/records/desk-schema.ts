import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { EventEntry } from '../../contract/entry.ts'

type Timestamp = ColumnType<Date, Date, Date>
type NullableTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>
type JsonColumn<T> = ColumnType<T, string, string>

/** The last number given to a ticket in each year (UTC). */
interface TicketNumbersTable {
  year: number
  last: number
}

/** The columns of a ticket that belong to its life rather than to its findings. */
export interface TicketLifecycleColumns {
  /** Unique and readable: `FW-2026-000123`. */
  number: string
  /** One more with every change that people make or see; what an ETag is made of. */
  version: Generated<number>
  technician_id: Nullable<string>
  shelved_until: NullableTimestamp
  /** When somebody has to have answered, moved by the time that the owner was waited for; null before the clocks start. */
  respond_by: NullableTimestamp
  /** When a technician took it. */
  responded_at: NullableTimestamp
  /** Levels 1 and 2: when somebody has to be on site; level 3: when it has to be resolved. */
  solve_by: NullableTimestamp
  on_site_at: NullableTimestamp
  resolved_at: NullableTimestamp
  closed_at: NullableTimestamp
  /** Since when the owner is waited for: clocks stand still. */
  waiting_since: NullableTimestamp
  /** How long they stood still before, ms. PostgreSQL gives a bigint as text. */
  waited_ms: ColumnType<string, number | undefined, number>
  /** The visit that was agreed on. */
  visit_from: NullableTimestamp
  visit_until: NullableTimestamp
  cause: Nullable<string>
  work: Nullable<string>
  next_service_at: NullableTimestamp
}

/** Each clock of a ticket escalates once in each step. */
export interface EscalationsTable {
  ticket_id: string
  clock: 'response' | 'solution'
  step: 'at_risk' | 'breached' | 'overdue'
  told: 'technician' | 'dispatcher' | 'service_manager'
  at: Timestamp
}

/** Hours of work in the technician's own time zone: ISO days (1 is Monday), `08:00`. */
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
  /** 1 to 5, of owners' answers; null before the first. */
  rating: number | null
  /** The depot that travels with him. */
  van_id: string | null
  active: boolean
  version: Generated<number>
  updated_at: Timestamp
}

/** `model` and `kind` are `*` where the skill holds for all. */
interface TechnicianSkillsTable {
  technician_id: string
  skill: string
  kind: string
  model: string
}

/** A ticket put before a technician. At most one waits for an answer. */
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

/** What is free is `on_hand - reserved`; below `safety` a replenishment is due. */
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
  /** On hand and not reserved when it was raised. */
  available: number
  safety: number
  raised_at: Timestamp
  done_at: NullableTimestamp
}

/** Where a user can be reached beside MQTT and the inbox; users are owners, technicians, `dispatcher`, `service_manager`. */
export interface ContactsTable {
  id: string
  user_id: string
  /** Name of a channel: `email`, `webpush`, `webhook`, `fcm`. */
  channel: string
  address: JsonColumn<Record<string, unknown>>
  /** `gone`: the other side said that nobody is there any more. */
  state: 'active' | 'gone'
  created_at: Timestamp
}

/** How far a notice got by each channel to each contact; `contact_id` is empty where a channel needs none. */
interface DeliveriesTable {
  notice_id: string
  channel: string
  contact_id: string
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed'
  attempts: number
  last_error: string | null
  /** When it got there. */
  at: Timestamp
  /** It is not tried before this, nor by two at once: whoever tries moves it. Null when nothing more is to do. */
  not_before: NullableTimestamp
}

/** What an owner did with a notice. */
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
  /** 1 to 5. */
  score: Nullable<number>
  comment: Nullable<string>
  answered_at: NullableTimestamp
}

/** Reminders of the care calendar that were given: of one device, care and due date one. */
interface MaintenanceRemindersTable {
  device_id: string
  care: string
  /** `2026-04-01`, or what the usage was: `500h`. */
  due_on: string
  at: Timestamp
}

/** Rules whose precision, by technicians' verdicts, has fallen. */
interface RuleFlagsTable {
  rule: string
  version: string
  judged: number
  precision: number
  suggestion: ColumnType<Record<string, unknown> | null, string | null, string | null>
  state: 'open' | 'done'
  flagged_at: Timestamp
}

/** What happened at the desk, in the order of the transactions: see `desk/desk-events.ts`. */
interface DeskEventsTable {
  tx: Generated<string>
  id: Generated<string>
  type: string
  ticket_id: string | null
  at: Timestamp
  data: JSONColumnType<Record<string, unknown>>
  handled: Generated<boolean>
}

/** What the desk tells the journal, e.g. a replaced part: written with its reason, sent by the sweep. */
interface JournalOutboxTable {
  id: string
  entry: JsonColumn<EventEntry>
  created_at: Timestamp
  sent_at: NullableTimestamp
}

/** Answers to commands that came with an `Idempotency-Key`. */
interface IdempotencyKeysTable {
  key: string
  /** Hash of method, address and body. */
  request: string
  status: number
  response: JsonColumn<unknown>
  at: Timestamp
}

export interface DeskTables {
  ticket_numbers: TicketNumbersTable
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
