import { type Kysely, type RawBuilder, sql } from 'kysely'
import { proportionOf } from '../../lib/proportion.ts'
import type { Records } from '../../store/records/schema.ts'
import { firstTimeFixes } from './first-time-fix.ts'
import { noticesOfOwners } from './notices-of-owners.ts'
import type { Count, CountedPeriod, Period } from './period.ts'
import { proactiveRepairs } from './proactive.ts'
import type { Kpi, KpiId } from './report-schema.ts'

/** What the service promises. */
const targets = {
  respondedInTime: 0.95,
  onSiteInTime: 0.98,
  firstTimeFix: 0.9,
  satisfaction: 0.9,
  proactiveShare: null,
} as const satisfies Partial<Record<KpiId, number | null>>

/** How well a span of time went; each is defined where it is counted. */
export async function kpisOf(db: Kysely<Records>, period: CountedPeriod): Promise<Kpi[]> {
  return [
    shareOf('respondedInTime', await respondedInTime(db, period)),
    shareOf('onSiteInTime', await onSiteInTime(db, period)),
    shareOf('firstTimeFix', await firstTimeFixes(db, period)),
    shareOf('satisfaction', await satisfaction(db, period)),
    shareOf('proactiveShare', await proactiveRepairs(db, period)),
    perOwner(await noticesOfOwners(db, period)),
  ]
}

function shareOf(id: keyof typeof targets, { n, hits, unsettled = 0 }: Count): Kpi {
  const target = targets[id]
  const told = proportionOf(hits, n)
  const met = target === null || told.value === null ? null : told.value >= target
  return { id, ...told, target, met, unsettled }
}

function perOwner({ notices, ownerMonths }: { notices: number; ownerMonths: number }): Kpi {
  const value = ownerMonths === 0 ? null : notices / ownerMonths
  const nothing = { low: null, high: null, target: null, met: null, unsettled: 0 }
  return { id: 'noticesPerOwnerMonth', value, n: ownerMonths, ...nothing }
}

/** Tickets that somebody took up by the time that was promised. */
function respondedInTime(db: Kysely<Records>, period: CountedPeriod): Promise<Count> {
  return inTime(db, period, { due: sql`respond_by`, done: sql`responded_at` })
}

/** Tickets for which somebody was on site by the time that was promised; of level 3, those resolved by then. */
function onSiteInTime(db: Kysely<Records>, period: CountedPeriod): Promise<Count> {
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

/** Answers of 4 or 5 of 5, of those that owners gave in the period. Who does not answer does not count. */
async function satisfaction(db: Kysely<Records>, { from, until }: Period): Promise<Count> {
  const { rows } = await sql<Count>`
    select count(*)::integer as n, (count(*) filter (where score >= 4))::integer as hits
    from surveys where score is not null and answered_at >= ${from} and answered_at < ${until}`.execute(db)
  return rows[0] ?? { n: 0, hits: 0 }
}
