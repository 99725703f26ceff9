import type { Kysely, Selectable } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import type { VisitWindow } from './availability.ts'
import { proposeTechnicians } from './rank-technicians.ts'
import { availableVisitsOf } from './technician-availability.ts'

/** So many days are looked at: each for the first free time of everybody who can do it. */
const daysAhead = 7

type Ticket = Pick<Selectable<TicketsTable>, 'id' | 'technician_id'>

/**
 * When a ticket's technician is free, or, while nobody has it, somebody who can do its work: the earliest first, each
 * time once. Times of others would be promised in vain to whoever waits for him.
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
