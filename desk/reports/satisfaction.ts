import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { Count } from './kpis.ts'
import type { Period } from './period.ts'

/** Answers of 4 or 5 of 5, of those that owners gave in the period. Who does not answer does not count. */
export async function satisfaction(db: Kysely<Records>, { from, until }: Period): Promise<Count> {
  const { rows } = await sql<Count>`
    select count(*)::integer as n, (count(*) filter (where score >= 4))::integer as hits
    from surveys where score is not null and answered_at >= ${from} and answered_at < ${until}`.execute(db)
  return rows[0] ?? { n: 0, hits: 0 }
}
