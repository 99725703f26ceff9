import type { Kysely, NotNull, Selectable } from 'kysely'
import type { Records, TicketsTable } from '../../store/records/schema.ts'

/** Ticket with the fields of its device and technician that notices contain. */
export type TicketView = Selectable<TicketsTable> & {
  kind: string
  model: string | null
  owner_id: string | null
  technician_name: string | null
}

/** Select tickets with their devices and technicians. */
function ticketViews(db: Kysely<Records>) {
  return db
    .selectFrom('tickets')
    .innerJoin('devices', 'devices.id', 'tickets.device_id')
    .leftJoin('technicians', 'technicians.id', 'tickets.technician_id')
    .selectAll('tickets')
    .select(['devices.kind', 'devices.model', 'devices.owner_id', 'technicians.name as technician_name'])
}

/** Select tickets of devices in use with an owner; tickets of fleet findings have none. */
export function ownedTicketViews(db: Kysely<Records>) {
  return ticketViews(db)
    .where('devices.owner_id', 'is not', null)
    .where('devices.retired_at', 'is', null)
    .$narrowType<{ owner_id: NotNull }>()
}

export async function loadTicketView(db: Kysely<Records>, id: string): Promise<TicketView | undefined> {
  return ticketViews(db).where('tickets.id', '=', id).executeTakeFirst()
}

/** Return the fields of a notice about a ticket, without its texts. */
export function noticeSubject(ticket: TicketView, at: number) {
  const { id, device_id, kind, component, severity } = ticket
  return { device: device_id, ticket: id, kind, component, severity, at, evidence: null }
}
