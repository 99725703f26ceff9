import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { HitCount, KpiPeriod } from './period.ts'

/** A repair that lasts so long has lasted. */
const recurrenceWindowDays = 30

/**
 * Whether a row of `tickets` was repaired for good: it was never opened again, and no other ticket followed for the same
 * component of the device within 30 days of the repair; one that was cancelled is none.
 */
export const isFirstTimeFix: RawBuilder<boolean> = sql<boolean>`(
  not exists (
    select from ticket_history as step where step.ticket_id = tickets.id and step.what = 'reopen'
  )
  and not exists (
    select from tickets as later
    where later.device_id = tickets.device_id and later.component = tickets.component and later.id <> tickets.id
      and later.work_state <> 'cancelled' and later.created_at > tickets.resolved_at
      and later.created_at <= tickets.resolved_at + make_interval(days => ${sql.lit(recurrenceWindowDays)})
  )
)`

/** Tickets repaired for good, of those resolved in the period. Of the last 30 days that may change: `unsettled`. */
export async function countFirstTimeFixes(
  db: Kysely<Records>,
  { from, until, now }: KpiPeriod,
): Promise<HitCount> {
  const { rows } = await sql<Required<HitCount>>`
    with resolved as (
      select ${isFirstTimeFix} as held,
        resolved_at + make_interval(days => ${sql.lit(recurrenceWindowDays)}) > ${now} as is_young
      from tickets where resolved_at >= ${from} and resolved_at < ${until}
    )
    select count(*)::integer as n, (count(*) filter (where held))::integer as hits,
      (count(*) filter (where held and is_young))::integer as unsettled
    from resolved`.execute(db)
  return rows[0] ?? { n: 0, hits: 0 }
}
