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
 * The same as `holdPart`, for a ticket that asks for the first time.
 * @returns the depot; undefined when nobody has the part, which is told as `part_missing`
 */
export async function reservePart(
  trx: Transaction<Records>,
  needed: PartRequest,
): Promise<string | undefined> {
  const depot = await reserveIfAvailable(trx, needed)
  if (depot !== undefined) return depot
  const { ticket, part, at } = needed
  await recordDeskEvent(trx, { type: 'part_missing', ticket, at, data: { part } })
  return undefined
}

/**
 * Puts one part aside for a ticket, from the best source that still has one; what is held for it already stays so.
 * @returns the depot; undefined when nobody has the part
 */
export async function reserveIfAvailable(
  trx: Transaction<Records>,
  needed: PartRequest,
): Promise<string | undefined> {
  const { ticket, part, at } = needed
  const held = await findReservation(trx, ticket, part)
  if (held !== undefined) return held.depot_id
  for (const { depot } of await findPartSources(trx, needed)) {
    const now = new Date(at)
    const taken = await trx
      .updateTable('stock')
      .set({ reserved: sql`reserved + 1`, version: sql`version + 1`, updated_at: now })
      .where('depot_id', '=', depot)
      .where('part', '=', part)
      // Another may have been faster: the row is read anew when its lock is had.
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
  /** Only these parts; all that are held for the ticket where it is left out. */
  parts?: readonly string[]
  at: number
}

/** What was held for a ticket, and is not needed any more, is free again. */
export function releaseParts(trx: Transaction<Records>, settled: ReservationClosing): Promise<void> {
  return closeReservations(trx, settled, 'released')
}

/** What was held for a ticket is built in: it leaves the stock. */
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
