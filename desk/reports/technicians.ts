import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { heldFirstTime } from './first-time-fix.ts'
import type { Period } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

type Technician = MonthlyReport['technicians'][number]

/**
 * What each technician did, by the tickets that are his: visits that began in the period, and tickets that he resolved
 * in it. On time is who comes before the end of the visit that was agreed on, else by the time that was promised for
 * the ticket. The rating is of the answers given in the period. Who did nothing in it is left out; by visits.
 */
export async function technicianPerformance(
  db: Kysely<Records>,
  { from, until }: Period,
): Promise<Technician[]> {
  const within = (column: string) => {
    const at = sql.ref(column)
    return sql<boolean>`coalesce(${at} >= ${from} and ${at} < ${until}, false)`
  }
  const { rows } = await sql<Technician>`
    with work as (
      select technician_id, ${within('on_site_at')} as visited, ${within('resolved_at')} as resolved,
        ${heldFirstTime} as held, on_site_at <= coalesce(visit_until, solve_by) as on_time,
        case when ${within('answered_at')} then score end as score
      from tickets left join surveys on surveys.ticket_id = tickets.id
      where technician_id is not null
    ), figures as (
      select technician_id, (count(*) filter (where visited))::integer as visits,
        (count(*) filter (where resolved))::integer as resolved,
        (avg(held::integer) filter (where resolved))::double precision as "firstTimeFix",
        (avg(on_time::integer) filter (where visited))::double precision as "onTime",
        avg(score)::double precision as rating, count(score)::integer as ratings
      from work group by technician_id
    )
    select id, name, visits, resolved, "firstTimeFix", "onTime", figures.rating, ratings
    from figures join technicians on technicians.id = technician_id
    where visits + resolved + ratings > 0 order by visits desc, resolved desc, id`.execute(db)
  return rows
}
