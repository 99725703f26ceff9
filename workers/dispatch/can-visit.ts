import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { candidatesFor, jobOf } from './candidates.ts'
import { firstFree, type Visit } from './free-time.ts'

/** Whether somebody who can do a ticket's work is free at that time: its technician, once it has one. */
export async function canVisit(db: Kysely<Records>, ticket: string, visit: Visit): Promise<boolean> {
  const job = await jobOf(db, ticket)
  if (job === undefined || visit.from >= visit.until) return false
  const { technician_id: assigned } = await db
    .selectFrom('tickets')
    .select('technician_id')
    .where('id', '=', ticket)
    .executeTakeFirstOrThrow()
  const candidates = await candidatesFor(db, job)
  return candidates
    .filter(({ technician }) => assigned === null || technician.id === assigned)
    .some(({ technician: { time_zone: timeZone, shift: shifts, visits_a_day: visitsADay }, booked }) => {
      const search = { booked, from: visit.from, visitMs: visit.until - visit.from }
      return firstFree({ timeZone, shifts, visitsADay }, search)?.from === visit.from
    })
}
