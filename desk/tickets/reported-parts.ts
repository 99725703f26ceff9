import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { UsedPart } from './command.ts'

/** Return the parts in the last service report of a ticket. */
export async function reportedParts(db: Kysely<Records>, ticket: string): Promise<readonly UsedPart[]> {
  const step = await db
    .selectFrom('ticket_history')
    .select('detail')
    .where('ticket_id', '=', ticket)
    .where('what', '=', 'resolve')
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return ((step?.detail ?? {}) as { parts?: UsedPart[] }).parts ?? []
}
