import type { Kysely, Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { runCommand } from '../tickets/run-command.ts'
import { withdrawOpenOffers } from './offers.ts'

/**
 * Give back the tickets of technicians who are not active any more: offers are withdrawn, and assigned tickets are open
 * again and offered to others. Tickets that they travel to or work on stay with them.
 * @param at ms since 1970 UTC
 */
export async function releaseTickets(
  trx: Transaction<Records>,
  { technicians, at }: { technicians: readonly string[]; at: number },
): Promise<void> {
  if (technicians.length === 0) return
  const offered = await trx
    .selectFrom('offers')
    .select('ticket_id')
    .where('technician_id', 'in', technicians)
    .where('state', '=', 'offered')
    .orderBy('ticket_id')
    .execute()
  for (const { ticket_id } of offered) {
    await trx.selectFrom('tickets').select('id').where('id', '=', ticket_id).forUpdate().execute()
    await withdrawOpenOffers(trx, ticket_id, at)
  }
  const assigned = await trx
    .selectFrom('tickets')
    .select(['id', 'version', 'technician_id'])
    .where('technician_id', 'in', technicians)
    .where('work_state', '=', 'assigned')
    .orderBy('id')
    // Locked, so that a technician who departs meanwhile keeps the ticket.
    .forUpdate()
    .execute()
  for (const { id, version, technician_id } of assigned) {
    await runCommand(trx, {
      id: `released:${id}:${version}`,
      ticket: id,
      actor: 'desk',
      reason: `${technician_id} is not active any more`,
      at,
      command: { do: 'unassign' },
    })
  }
}

/** Release the tickets of all inactive technicians: one may have been assigned while they were being deactivated. */
export async function sweepInactiveTechnicians(db: Kysely<Records>, now: Date): Promise<void> {
  const rows = await db
    .selectFrom('technicians')
    .select('id')
    .where('active', '=', false)
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(
          selectFrom('tickets')
            .select('tickets.id')
            .whereRef('tickets.technician_id', '=', 'technicians.id')
            .where('work_state', '=', 'assigned'),
        ),
        exists(
          selectFrom('offers')
            .select('offers.id')
            .whereRef('offers.technician_id', '=', 'technicians.id')
            .where('offers.state', '=', 'offered'),
        ),
      ]),
    )
    .execute()
  if (rows.length === 0) return
  const technicians = rows.map(({ id }) => id)
  await db.transaction().execute((trx) => releaseTickets(trx, { technicians, at: now.getTime() }))
}
