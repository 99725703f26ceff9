import type { Kysely } from 'kysely'
import type { Records } from '../../../store/records/schema.ts'
import type { ServiceContext, TicketWithOwner } from '../context.ts'

/** Is the part of a ticket reserved for it? */
export async function isPartReserved(db: Kysely<Records>, { id, part }: TicketWithOwner): Promise<boolean> {
  if (part === null) return true
  const held = await db
    .selectFrom('reservations')
    .select('id')
    .where('ticket_id', '=', id)
    .where('state', '=', 'held')
    .executeTakeFirst()
  return held !== undefined
}

/** Return whom a dispatcher sends when the desk finds no candidate: the skilled technician with the fewest open tickets, of the region first. */
export async function findSubstituteTechnician(
  { db, owners, technicians }: ServiceContext,
  { skill, owner_id }: TicketWithOwner,
): Promise<string | undefined> {
  const busy = await db
    .selectFrom('tickets')
    .select(['technician_id', (select) => select.fn.countAll<string>().as('open')])
    .where('work_state', 'in', ['assigned', 'en_route', 'in_progress'])
    .groupBy('technician_id')
    .execute()
  const open = new Map(busy.map(({ technician_id, open }) => [technician_id, Number(open)]))
  const region = owners.get(owner_id ?? '')?.region
  const cost = (technician: { id: string; region: string }) =>
    (open.get(technician.id) ?? 0) + (technician.region === region ? 0 : 100)
  const able = [...technicians.values()].filter(({ skills }) => skill === null || skills.includes(skill))
  return able.toSorted((a, b) => cost(a) - cost(b) || (a.id < b.id ? -1 : 1))[0]?.id
}
