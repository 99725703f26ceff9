import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { KpiPeriod } from './period.ts'

/** Of the Gregorian calendar, on average, in seconds. */
export const averageMonthSeconds = 30.436_875 * 86_400

/**
 * What owners were told, and for how long they could be: a digest is one notice, whatever it holds, and a notice that
 * reached nobody is none. Only owners who have a device count, from when they were known.
 */
export async function countNoticesPerOwner(db: Kysely<Records>, { from, until, now }: KpiPeriod) {
  const end = now < until ? now : until
  const { rows } = await sql<{ notices: number; ownerMonths: number }>`
    with told as (
      select id, created_at from owners where exists (select from devices where owner_id = owners.id)
    )
    select
      (
        select count(*)::integer from notices join told on told.id = notices.user_id
        where digest_id is null and least(sent_at, delivered_at, inbox_at) >= ${from}
          and least(sent_at, delivered_at, inbox_at) < ${until}
      ) as "notices",
      (
        select coalesce(sum(extract(epoch from ${end}::timestamptz - greatest(created_at, ${from}))), 0)::double precision
          / ${averageMonthSeconds}::double precision
        from told where created_at < ${end}
      ) as "ownerMonths"`.execute(db)
  const { notices = 0, ownerMonths = 0 } = rows[0] ?? {}
  // A span that has not begun has no owners in it.
  return { notices, ownerMonths: Math.max(0, ownerMonths) }
}
