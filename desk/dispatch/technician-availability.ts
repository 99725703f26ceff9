import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { findFirstSlot, type VisitWindow, visitDurationMs, workScheduleOf } from './availability.ts'

interface AvailabilityQuery {
  technician: string
  /** Ticket of the visit: a visit that is booked for it already does not block its time. */
  ticket: string
}

/**
 * Return the first free slot of one technician after each of some instants.
 * @param moments ms since 1970 UTC
 */
export async function availableVisitsOf(
  db: Kysely<Records>,
  { technician: id, ticket }: AvailabilityQuery,
  moments: readonly number[],
): Promise<VisitWindow[]> {
  const technician = await db
    .selectFrom('technicians')
    .select(['time_zone', 'shift', 'visits_a_day'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (technician === undefined) return []
  const work = await db
    .selectFrom('tickets')
    .select(['visit_from', 'visit_until'])
    .where('technician_id', '=', id)
    .where('work_state', 'in', ['assigned', 'en_route', 'in_progress'])
    .where('id', '!=', ticket)
    .where('visit_from', 'is not', null)
    .where('visit_until', 'is not', null)
    .$narrowType<{ visit_from: Date; visit_until: Date }>()
    .execute()
  const booked = work.map(({ visit_from, visit_until }) => ({
    from: visit_from.getTime(),
    until: visit_until.getTime(),
  }))
  return moments.flatMap(
    (from) => findFirstSlot(workScheduleOf(technician), { booked, from, visitDurationMs }) ?? [],
  )
}
