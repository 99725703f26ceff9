import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { Period } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

type Demand = MonthlyReport['demand'][number]

/**
 * Parts that were asked for and used, by the region in which the device stands, else in which its owner lives. A ticket
 * waits for a part at the end of the period where it was not resolved by then.
 */
export async function demandByRegion(db: Kysely<Records>, { from, until }: Period): Promise<Demand[]> {
  const { rows } = await sql<Demand>`
    with places as (
      select devices.id, coalesce(devices.region, owners.region) as region
      from devices left join owners on owners.id = devices.owner_id
    ), asked as (
      select device_id, part, (created_at >= ${from})::integer as needed, 0 as used,
        (coalesce(resolved_at, 'infinity') >= ${until})::integer as waiting
      from tickets where part is not null and work_state <> 'cancelled' and created_at < ${until}
        and (created_at >= ${from} or coalesce(resolved_at, 'infinity') >= ${until})
    ), built_in as (
      select tickets.device_id, reservations.part, 0 as needed, reservations.quantity as used, 0 as waiting
      from reservations join tickets on tickets.id = reservations.ticket_id
      where reservations.state = 'used' and reservations.at >= ${from} and reservations.at < ${until}
    )
    select region, part, sum(needed)::integer as needed, sum(used)::integer as used, sum(waiting)::integer as waiting
    from (select * from asked union all select * from built_in) as both_sides
    left join places on places.id = device_id
    group by region, part order by region nulls last, needed desc, part`.execute(db)
  return rows
}
