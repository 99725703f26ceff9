import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import type { Position } from '../dispatch/distance.ts'
import { checkLevel } from './levels.ts'
import { sourcesOf } from './sources.ts'

export interface PartNeeded {
  ticket: string
  part: string
  van: string | null
  near: Position | undefined
  /** ms since 1970 UTC. */
  at: number
}

/**
 * The same as `holdPart`, for a ticket that asks for the first time.
 * @returns the depot; undefined when nobody has the part, which is told as `part_missing`
 */
export async function reservePart(
  trx: Transaction<Records>,
  needed: PartNeeded,
): Promise<string | undefined> {
  const depot = await holdPart(trx, needed)
  if (depot !== undefined) return depot
  const { ticket, part, at } = needed
  await recordDeskEvent(trx, { type: 'part_missing', ticket, at, data: { part } })
  return undefined
}

/**
 * Puts one part aside for a ticket, from the best source that still has one; what is held for it already stays so.
 * @returns the depot; undefined when nobody has the part
 */
export async function holdPart(trx: Transaction<Records>, needed: PartNeeded): Promise<string | undefined> {
  const { ticket, part, at } = needed
  const held = await heldFor(trx, ticket, part)
  if (held !== undefined) return held.depot_id
  for (const { depot } of await sourcesOf(trx, needed)) {
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
    await checkLevel(trx, { depot, part, at })
    return depot
  }
  return undefined
}

function heldFor(trx: Transaction<Records>, ticket: string, part: string) {
  return trx
    .selectFrom('reservations')
    .select(['id', 'depot_id'])
    .where('ticket_id', '=', ticket)
    .where('part', '=', part)
    .where('state', '=', 'held')
    .executeTakeFirst()
}

export interface Settled {
  ticket: string
  /** Only these parts; all that are held for the ticket where it is left out. */
  parts?: readonly string[]
  at: number
}

/** What was held for a ticket, and is not needed any more, is free again. */
export function releaseParts(trx: Transaction<Records>, settled: Settled): Promise<void> {
  return settle(trx, settled, 'released')
}

/** What was held for a ticket is built in: it leaves the stock. */
export function useParts(trx: Transaction<Records>, settled: Settled): Promise<void> {
  return settle(trx, settled, 'used')
}

async function settle(
  trx: Transaction<Records>,
  { ticket, parts, at }: Settled,
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
    await checkLevel(trx, { depot: depot_id, part, at })
  }
}
