import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { KpiPeriod } from './period.ts'

/** Mean month of the Gregorian calendar, s. */
export const averageMonthSeconds = 30.436_875 * 86_400

/**
 * Count the notices that reached owners, and the owner-months. A digest is one notice; a notice that reached no channel
 * does not count. Only owners with a device count, from their registration.
 */
export async function countNoticesPerOwner(db: Kysely<Records>, { from, until, now }: KpiPeriod) {
  const end = now < until ? now : until
  const { rows } = await sql<{ notices: number; ownerMonths: number }>`
    with counted_owners as (
      select id, created_at from owners where exists (select from devices where owner_id = owners.id)
    )
    select
      (
        select count(*)::integer from notices join counted_owners on counted_owners.id = notices.user_id
        where digest_id is null and least(sent_at, delivered_at, inbox_at) >= ${from}
          and least(sent_at, delivered_at, inbox_at) < ${until}
      ) as "notices",
      (
        select coalesce(sum(extract(epoch from ${end}::timestamptz - greatest(created_at, ${from}))), 0)::double precision
          / ${averageMonthSeconds}::double precision
        from counted_owners where created_at < ${end}
      ) as "ownerMonths"`.execute(db)
  const { notices = 0, ownerMonths = 0 } = rows[0] ?? {}
  // A period in the future would have negative owner-months.
  return { notices, ownerMonths: Math.max(0, ownerMonths) }
}
