import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { findFirstSlot, type VisitWindow, visitDurationMs, workScheduleOf } from './availability.ts'
import { findCandidates, loadVisitJob } from './candidates.ts'
import { availableVisitsOf } from './technician-availability.ts'

/** Tell whether the ticket's technician, or any candidate while it is unassigned, is free at that time. */
export async function isVisitPossible(
  db: Kysely<Records>,
  ticket: string,
  { from, until }: VisitWindow,
): Promise<boolean> {
  const row = await db
    .selectFrom('tickets')
    .select('technician_id')
    .where('id', '=', ticket)
    .executeTakeFirst()
  if (row === undefined || until - from !== visitDurationMs) return false
  const visits =
    row.technician_id === null
      ? await visitsOfAnyCandidate(db, ticket, from)
      : await availableVisitsOf(db, { technician: row.technician_id, ticket }, [from])
  return visits.some((visit) => visit.from === from)
}

async function visitsOfAnyCandidate(
  db: Kysely<Records>,
  ticket: string,
  from: number,
): Promise<VisitWindow[]> {
  const job = await loadVisitJob(db, ticket)
  if (job === undefined) return []
  return (await findCandidates(db, job)).flatMap(
    ({ technician, booked }) =>
      findFirstSlot(workScheduleOf(technician), { booked, from, visitDurationMs }) ?? [],
  )
}
