import type { Kysely } from 'kysely'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { positionOf } from '../dispatch/distance.ts'
import type { PartRequest } from './reserve.ts'

interface TicketPartRequest extends Omit<PartRequest, 'at'> {
  workState: TicketsTable['work_state']
}

/** Return the part that a ticket needs, with its owner's position and its technician's van; undefined when it needs none. */
export async function loadPartRequest(
  db: Kysely<Records>,
  ticket: string,
): Promise<TicketPartRequest | undefined> {
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
