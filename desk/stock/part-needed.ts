import type { Kysely } from 'kysely'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { positionOf } from '../dispatch/distance.ts'
import type { PartNeeded } from './reserve.ts'

interface TicketNeed extends Omit<PartNeeded, 'at'> {
  workState: TicketsTable['work_state']
}

/** The part that a ticket asks for, and from where it could come; undefined where it asks for none. */
export async function partNeededBy(db: Kysely<Records>, ticket: string): Promise<TicketNeed | undefined> {
  const row = await db
    .selectFrom('tickets')
    .leftJoin('technicians', 'technicians.id', 'tickets.technician_id')
    .leftJoin('devices', 'devices.id', 'tickets.device_id')
    .leftJoin('owners', 'owners.id', 'devices.owner_id')
    .select(['tickets.part', 'tickets.work_state', 'van_id', 'owners.latitude', 'owners.longitude'])
    .where('tickets.id', '=', ticket)
    .executeTakeFirst()
  if (row?.part == null) return undefined
  return { ticket, part: row.part, van: row.van_id, near: positionOf(row), workState: row.work_state }
}
