import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { HitCount, KpiPeriod } from './period.ts'

/** A repair without another fault for this long counts as lasting, days. */
const recurrenceWindowDays = 30

/**
 * SQL condition: a row of `tickets` was fixed the first time. It was never reopened, and no other ticket for the same
 * component of the device followed within 30 days of the repair, cancelled ones apart.
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

/** Count first-time fixes among the tickets resolved in the period; those of the last 30 days are `provisional`. */
export async function countFirstTimeFixes(
  db: Kysely<Records>,
  { from, until, now }: KpiPeriod,
): Promise<HitCount> {
  const { rows } = await sql<Required<HitCount>>`
    with resolved as (
      select ${isFirstTimeFix} as is_lasting,
        resolved_at + make_interval(days => ${sql.lit(recurrenceWindowDays)}) > ${now} as is_recent
      from tickets where resolved_at >= ${from} and resolved_at < ${until}
    )
    select count(*)::integer as n, (count(*) filter (where is_lasting))::integer as hits,
      (count(*) filter (where is_lasting and is_recent))::integer as provisional
    from resolved`.execute(db)
  return rows[0] ?? { n: 0, hits: 0 }
}
