import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { Visit } from './free-time.ts'
import { proposeTechnicians } from './propose.ts'

const dayMs = 86_400_000
/** So many days are looked at: each for the first free time of everybody who can do it. */
const daysAhead = 7

/** When somebody who can do a ticket's work is free, the earliest first, each time once. */
export async function visitSlots(db: Kysely<Records>, ticket: string, now: number): Promise<Visit[]> {
  const slots = new Map<string, Visit>()
  for (let day = 0; day < daysAhead; day++) {
    for (const { visit } of await proposeTechnicians(db, ticket, new Date(now + day * dayMs)))
      slots.set(`${visit.from}-${visit.until}`, visit)
  }
  return [...slots.values()].toSorted((a, b) => a.from - b.from || a.until - b.until)
}
