import { type Kysely, sql, type Transaction } from 'kysely'
import type { Records } from '../store/records/schema.ts'

/** What happens at the desk, by its name: what is told of it besides the ticket. */
interface DeskEventData {
  /** A command changed the ticket. */
  ticket_changed: { did: string; actor: string; from: string; to: string }
  ticket_opened: { number: string; sla: string }
  /** A clock of the ticket went on: see `escalations`. */
  escalated: { clock: string; step: string; told: string }
  offer_made: { technician: string; answerBy: number; reasons: string[] }
  offer_answered: {
    technician: string
    state: 'accepted' | 'declined' | 'expired' | 'withdrawn'
    reason?: string
  }
  /** Nobody can be proposed, and why. */
  nobody_to_send: { reasons: string[] }
  visit_booked: { from: number; until: number; by: string }
  part_reserved: { part: string; depot: string }
  part_missing: { part: string }
  stock_low: { part: string; depot: string; available: number; safety: number }
  owner_answered: { notice: string; action: string; user: string }
  survey_answered: { score: number; comment?: string }
  rule_flagged: { rule: string; version: string; precision: number }
  /** Somebody has taken the flag off. */
  rule_flag_done: { rule: string; version: string; by: string }
}

export type DeskEventType = keyof DeskEventData

export interface NewDeskEvent<T extends DeskEventType = DeskEventType> {
  type: T
  /** Null where it is about none. */
  ticket: string | null
  /** ms since 1970 UTC. */
  at: number
  data: DeskEventData[T]
}

/** An event as it is read: `cursor` is where it stands. */
export type DeskEvent = { [T in DeskEventType]: NewDeskEvent<T> & { cursor: DeskEventCursor } }[DeskEventType]

/** Position in the order of events: `<transaction>-<number>`. */
export type DeskEventCursor = string

/** Notes what happened, in the transaction in which it happened. */
export async function recordDeskEvent<T extends DeskEventType>(
  trx: Transaction<Records>,
  { type, ticket, at, data }: NewDeskEvent<T>,
): Promise<void> {
  await trx
    .insertInto('desk_events')
    .values({ type, ticket_id: ticket, at: new Date(at), data: JSON.stringify(data) })
    .execute()
}

interface ReadDeskEventsOptions {
  /** Only those behind this one. */
  after?: DeskEventCursor
  /** Only those that nobody has handled. */
  unhandled?: boolean
  limit: number
}

/**
 * Events in the order of their transactions. One whose transaction began before another that is still open waits for
 * that one, so that whoever goes on behind the last cursor misses none.
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
