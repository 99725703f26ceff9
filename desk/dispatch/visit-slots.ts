import type { Kysely, Selectable } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import type { VisitWindow } from './availability.ts'
import { proposeTechnicians } from './rank-technicians.ts'
import { availableVisitsOf } from './technician-availability.ts'

/** Number of days, each searched for the first free slot of every candidate. */
const daysAhead = 7

type Ticket = Pick<Selectable<TicketsTable>, 'id' | 'technician_id'>

/**
 * Return the free slots of a ticket's technician, or of all candidates while it is unassigned: earliest first, each once.
 * Slots of other technicians could not be kept while a technician is assigned.
 * @param now ms since 1970 UTC
 */
export async function findVisitSlots(
  db: Kysely<Records>,
  { id: ticket, technician_id: technician }: Ticket,
  now: number,
): Promise<VisitWindow[]> {
  const days = Array.from({ length: daysAhead }, (_, day) => now + day * dayMs)
  const visits =
    technician === null
      ? await proposedVisits(db, ticket, days)
      : await availableVisitsOf(db, { technician, ticket }, days)
  const slots = new Map(visits.map((visit) => [`${visit.from}-${visit.until}`, visit]))
  return [...slots.values()].toSorted((a, b) => a.from - b.from || a.until - b.until)
}

async function proposedVisits(db: Kysely<Records>, ticket: string, days: readonly number[]) {
  const visits: VisitWindow[] = []
  for (const day of days)
    for (const { visit } of await proposeTechnicians(db, ticket, new Date(day))) visits.push(visit)
  return visits
}
