import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { candidatesFor, jobOf } from './candidates.ts'
import { firstFree, type Visit, visitMs, workingTimeOf } from './free-time.ts'
import { freeVisitsOf } from './free-visits.ts'

/** Whether a ticket's technician is free at that time, or, while nobody has it, somebody who can do its work. */
export async function canVisit(
  db: Kysely<Records>,
  ticket: string,
  { from, until }: Visit,
): Promise<boolean> {
  const row = await db
    .selectFrom('tickets')
    .select('technician_id')
    .where('id', '=', ticket)
    .executeTakeFirst()
  if (row === undefined || until - from !== visitMs) return false
  const visits =
    row.technician_id === null
      ? await visitsOfAnybody(db, ticket, from)
      : await freeVisitsOf(db, { technician: row.technician_id, ticket }, [from])
  return visits.some((visit) => visit.from === from)
}

async function visitsOfAnybody(db: Kysely<Records>, ticket: string, from: number): Promise<Visit[]> {
  const job = await jobOf(db, ticket)
  if (job === undefined) return []
  return (await candidatesFor(db, job)).flatMap(
    ({ technician, booked }) => firstFree(workingTimeOf(technician), { booked, from, visitMs }) ?? [],
  )
}
