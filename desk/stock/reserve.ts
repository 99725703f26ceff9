import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import type { GeoPosition } from '../dispatch/distance.ts'
import { findPartSources } from './part-sources.ts'
import { checkSafetyStock } from './safety-stock.ts'

export interface PartRequest {
  ticket: string
  part: string
  van: string | null
  near: GeoPosition | undefined
  /** ms since 1970 UTC. */
  at: number
}

/**
 * Reserve a part for a ticket that requests it for the first time; records `part_missing` when there is none.
 * @returns the depot; undefined when no source has the part
 */
export async function reservePart(
  trx: Transaction<Records>,
  request: PartRequest,
): Promise<string | undefined> {
  const depot = await reserveIfAvailable(trx, request)
  if (depot !== undefined) return depot
  const { ticket, part, at } = request
  await recordDeskEvent(trx, { type: 'part_missing', ticket, at, data: { part } })
  return undefined
}

/**
 * Reserve one part for a ticket from the best source that has one; an existing reservation is kept.
 * @returns the depot; undefined when no source has the part
 */
export async function reserveIfAvailable(
  trx: Transaction<Records>,
  request: PartRequest,
): Promise<string | undefined> {
  const { ticket, part, at } = request
  const held = await findReservation(trx, ticket, part)
  if (held !== undefined) return held.depot_id
  for (const { depot } of await findPartSources(trx, request)) {
    const now = new Date(at)
    const taken = await trx
      .updateTable('stock')
      .set({ reserved: sql`reserved + 1`, version: sql`version + 1`, updated_at: now })
      .where('depot_id', '=', depot)
      .where('part', '=', part)
      // A concurrent transaction may have taken the part: the condition is evaluated again after the row is locked.
      .whereRef('reserved', '<', 'on_hand')
      .returning('reserved')
      .executeTakeFirst()
    if (taken === undefined) continue
    const id = createHash('sha256')
      .update(JSON.stringify([ticket, part, depot, at]))
      .digest('hex')
      .slice(0, 16)
    await trx
      .insertInto('reservations')
      .values({
        id: `r-${id}`,
        ticket_id: ticket,
        depot_id: depot,
        part,
        quantity: 1,
        state: 'held',
        at: now,
      })
      .execute()
    await recordDeskEvent(trx, { type: 'part_reserved', ticket, at, data: { part, depot } })
    await checkSafetyStock(trx, { depot, part, at })
    return depot
  }
  return undefined
}

function findReservation(trx: Transaction<Records>, ticket: string, part: string) {
  return trx
    .selectFrom('reservations')
    .select(['id', 'depot_id'])
    .where('ticket_id', '=', ticket)
    .where('part', '=', part)
    .where('state', '=', 'held')
    .executeTakeFirst()
}

export interface ReservationClosing {
  ticket: string
  /** Only these parts. Default: all parts reserved for the ticket. */
  parts?: readonly string[]
  at: number
}

/** Release parts that were reserved for a ticket and are no longer needed. */
export function releaseParts(trx: Transaction<Records>, settled: ReservationClosing): Promise<void> {
  return closeReservations(trx, settled, 'released')
}

/** Remove installed parts that were reserved for a ticket from the stock. */
export function consumeParts(trx: Transaction<Records>, settled: ReservationClosing): Promise<void> {
  return closeReservations(trx, settled, 'used')
}

async function closeReservations(
  trx: Transaction<Records>,
  { ticket, parts, at }: ReservationClosing,
  state: 'used' | 'released',
): Promise<void> {
  if (parts?.length === 0) return
  const now = new Date(at)
  const settled = await trx
    .updateTable('reservations')
    .set({ state, at: now })
    .where('ticket_id', '=', ticket)
    .where('state', '=', 'held')
    .$if(parts !== undefined, (query) => query.where('part', 'in', [...(parts ?? [])]))
    .returning(['depot_id', 'part', 'quantity'])
    .execute()
  for (const { depot_id, part, quantity } of settled) {
    await trx
      .updateTable('stock')
      .set({
        reserved: sql`reserved - ${quantity}`,
        on_hand: state === 'used' ? sql`on_hand - ${quantity}` : sql`on_hand`,
        version: sql`version + 1`,
        updated_at: now,
      })
      .where('depot_id', '=', depot_id)
      .where('part', '=', part)
      .execute()
    await checkSafetyStock(trx, { depot: depot_id, part, at })
  }
}
