import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { Count, CountedPeriod } from './kpis.ts'

/** Tickets that somebody took up by the time that was promised. */
export function respondedInTime(db: Kysely<Records>, period: CountedPeriod): Promise<Count> {
  return inTime(db, period, { due: sql`respond_by`, done: sql`responded_at` })
}

/** Tickets for which somebody was on site by the time that was promised; of level 3, those resolved by then. */
export function onSiteInTime(db: Kysely<Records>, period: CountedPeriod): Promise<Count> {
  const done = sql`case when sla = 'level3' then resolved_at else on_site_at end`
  return inTime(db, period, { due: sql`solve_by`, done })
}

interface Clock {
  due: RawBuilder<unknown>
  done: RawBuilder<unknown>
}

/**
 * A ticket counts in the month in which it was due. One that was cancelled before it was due, or is not done and not
 * due yet, or waits for its owner, does not count: nobody knows. Due times are moved by the waits that are over.
 */
async function inTime(
  db: Kysely<Records>,
  { from, until, now }: CountedPeriod,
  { due, done }: Clock,
): Promise<Count> {
  const { rows } = await sql<Count>`
    with clocks as (
      select ${due} as due, ${done} as done, work_state = 'cancelled' as cancelled, closed_at,
        waiting_since is not null as waits
      from tickets where ${due} >= ${from} and ${due} < ${until}
    )
    select count(*)::integer as n, (count(*) filter (where done <= due))::integer as hits from clocks
    where done is not null
      or (not cancelled and not waits and due <= ${now})
      or (cancelled and closed_at > due)`.execute(db)
  return rows[0] ?? { n: 0, hits: 0 }
}
