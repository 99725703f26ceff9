import { type Kysely, sql, type Transaction } from 'kysely'
import type { Severity } from '../contract/finding.ts'
import type { Records } from '../store/records/schema.ts'

/** Payload of the events of findings; "finding" is the id of that row of the episode. */
interface FindingEventData {
  finding: string
  device: string
  component: string
  epoch: number
  rule: string
  version: string
  severity: Severity
  shadow: boolean
  /** Event time, ms; `at` of the event is when it was recorded. */
  findingAt: number
}

/** Payload of each type of desk event. */
interface DeskEventData {
  /** A command changed the ticket. */
  ticket_changed: { command: string; actor: string; from: string; to: string }
  ticket_opened: { number: string; sla: string }
  /** An SLA clock of the ticket reached an escalation step: see the table `escalations`. */
  escalated: { clock: string; step: string; recipient: string }
  offer_made: { technician: string; answerBy: number; reasons: string[] }
  offer_answered: {
    technician: string
    state: 'accepted' | 'declined' | 'expired' | 'withdrawn'
    reason?: string
  }
  /** No technician can be proposed; with the reason for each. */
  no_technician_available: { reasons: string[] }
  visit_booked: { from: number; until: number; by: string }
  part_reserved: { part: string; depot: string }
  part_missing: { part: string }
  stock_low: { part: string; depot: string; available: number; safety: number }
  owner_answered: { notice: string; action: string; user: string }
  survey_answered: { score: number; comment?: string }
  rule_flagged: { rule: string; version: string; precision: number }
  /** A person has closed the flag. */
  rule_flag_closed: { rule: string; version: string; by: string }
  finding_raised: FindingEventData
  finding_updated: FindingEventData
  finding_cleared: FindingEventData
}

export type DeskEventType = keyof DeskEventData

export interface NewDeskEvent<T extends DeskEventType = DeskEventType> {
  type: T
  /** Id of the ticket; null for events without one. */
  ticket: string | null
  /** ms since 1970 UTC. */
  at: number
  data: DeskEventData[T]
}

/** An event as it is read, with its position. */
export type DeskEvent = { [T in DeskEventType]: NewDeskEvent<T> & { cursor: DeskEventCursor } }[DeskEventType]

/** Position in the order of events: `<transaction>-<number>`. */
export type DeskEventCursor = string

/** Record an event in the transaction that caused it. */
export function recordDeskEvent<T extends DeskEventType>(
  trx: Transaction<Records>,
  event: NewDeskEvent<T>,
): Promise<void> {
  return recordDeskEvents(trx, [event])
}

/** Record events, in order, in the transaction that caused them. */
export async function recordDeskEvents<T extends DeskEventType>(
  trx: Transaction<Records>,
  events: readonly NewDeskEvent<T>[],
): Promise<void> {
  if (events.length === 0) return
  const rows = events.map(({ type, ticket, at, data }) => ({
    type,
    ticket_id: ticket,
    at: new Date(at),
    data: JSON.stringify(data),
  }))
  await trx.insertInto('desk_events').values(rows).execute()
}

interface ReadDeskEventsOptions {
  /** Only events after this position. */
  after?: DeskEventCursor
  /** Only events that were not handled yet. */
  unhandled?: boolean
  limit: number
}

/**
 * Return events in the order of their transactions. Events of a transaction that began after another one which is still
 * open are held back until that one ends, so that a reader that continues after the last cursor misses none.
 */
export async function readDeskEvents(
  db: Kysely<Records>,
  { after, unhandled = false, limit }: ReadDeskEventsOptions,
): Promise<DeskEvent[]> {
  const [tx = '0', id = '0'] = after?.split('-') ?? []
  const rows = await db
    .selectFrom('desk_events')
    .select(['type', 'ticket_id', 'at', 'data', sql<string>`tx::text || '-' || id::text`.as('cursor')])
    .where(sql<boolean>`tx < pg_snapshot_xmin(pg_current_snapshot())`)
    .$if(after !== undefined, (query) => query.where(sql<boolean>`(tx, id) > (${tx}::xid8, ${id}::bigint)`))
    .$if(unhandled, (query) => query.where('handled', '=', false))
    .orderBy('tx')
    .orderBy('id')
    .limit(limit)
    .execute()
  // Only `recordDeskEvent` writes there.
  return rows.map(
    ({ type, ticket_id, at, data, cursor }) =>
      ({ type, ticket: ticket_id, at: at.getTime(), data, cursor }) as unknown as DeskEvent,
  )
}
