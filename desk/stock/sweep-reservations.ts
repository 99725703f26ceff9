import type { Kysely, Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { loadPartRequest } from './part-request.ts'
import { reserveIfAvailable } from './reserve.ts'

/** Maximum number of tickets in one sweep. */
const batchSize = 200

/**
 * Reserve parts that have arrived or were released for assigned tickets whose part was missing, in the order of their due
 * times. `part_missing` was recorded when the ticket was assigned, and is not repeated.
 */
export async function sweepReservations(db: Kysely<Records>, now: Date): Promise<void> {
  const tickets = await ticketsLackingPart(db)
    .orderBy('solve_by')
    .orderBy('tickets.id')
    .limit(batchSize)
    .execute()
  for (const { id } of tickets) await db.transaction().execute((trx) => reserveForTicket(trx, id, now))
}

/** Return tickets in work that lack a part of which one is free. Tickets with unhandled events are left out: their handlers come first. */
function ticketsLackingPart(db: Kysely<Records>) {
  return db
    .selectFrom('tickets')
    .leftJoin('technicians', 'technicians.id', 'tickets.technician_id')
    .select('tickets.id')
    .where('work_state', 'in', ['assigned', 'en_route', 'in_progress'])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('stock')
          .innerJoin('depots', 'depots.id', 'stock.depot_id')
          .select('depot_id')
          .whereRef('stock.part', '=', 'tickets.part')
          .whereRef('on_hand', '>', 'reserved')
          .where((is) =>
            is.or([is('depots.kind', '=', 'depot'), is('depots.id', '=', is.ref('technicians.van_id'))]),
          ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('reservations')
            .select('reservations.id')
            .whereRef('reservations.ticket_id', '=', 'tickets.id')
            .whereRef('reservations.part', '=', 'tickets.part')
            .where('reservations.state', '=', 'held'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('desk_events')
            .select('desk_events.id')
            .whereRef('desk_events.ticket_id', '=', 'tickets.id')
            .where('type', '=', 'ticket_changed')
            .where('handled', '=', false),
        ),
      ),
    )
}

async function reserveForTicket(trx: Transaction<Records>, ticket: string, now: Date): Promise<void> {
  // The ticket is locked now, so check again what may have changed before.
  await trx.selectFrom('tickets').select('id').where('id', '=', ticket).forUpdate().execute()
  const still = await ticketsLackingPart(trx).where('tickets.id', '=', ticket).executeTakeFirst()
  if (still === undefined) return
  const needed = await loadPartRequest(trx, ticket)
  if (needed !== undefined) await reserveIfAvailable(trx, { ...needed, at: now.getTime() })
}
