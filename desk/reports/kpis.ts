import { type Kysely, type RawBuilder, sql } from 'kysely'
import { wilsonInterval } from '../../lib/wilson-interval.ts'
import type { Records } from '../../store/records/schema.ts'
import { countFirstTimeFixes } from './first-time-fix.ts'
import { countNoticesPerOwner } from './notices-per-owner.ts'
import type { HitCount, KpiOptions, KpiPeriod, Period } from './period.ts'
import { repairsBeforeFailure } from './repaired-before-failure.ts'
import type { Kpi, KpiId } from './report-schema.ts'

/** What the service promises. */
const kpiTargets = {
  respondedInTime: 0.95,
  onSiteInTime: 0.98,
  firstTimeFix: 0.9,
  satisfaction: 0.9,
  proactiveShare: null,
} as const satisfies Partial<Record<KpiId, number | null>>

/** How well a span of time went; each is defined where it is counted. */
export async function computeKpis(db: Kysely<Records>, period: KpiOptions): Promise<Kpi[]> {
  return [
    toShareKpi('respondedInTime', await responseSlaCompliance(db, period)),
    toShareKpi('onSiteInTime', await solutionSlaCompliance(db, period)),
    toShareKpi('firstTimeFix', await countFirstTimeFixes(db, period)),
    toShareKpi('satisfaction', await satisfaction(db, period)),
    toShareKpi('proactiveShare', await repairsBeforeFailure(db, period, period.detectors)),
    toNoticesPerOwnerKpi(await countNoticesPerOwner(db, period)),
  ]
}

function toShareKpi(id: keyof typeof kpiTargets, { n, hits, unsettled = 0 }: HitCount): Kpi {
  const target = kpiTargets[id]
  const told = wilsonInterval(hits, n)
  const met = target === null || told.value === null ? null : told.value >= target
  return { id, ...told, target, met, unsettled }
}

function toNoticesPerOwnerKpi({ notices, ownerMonths }: { notices: number; ownerMonths: number }): Kpi {
  const value = ownerMonths === 0 ? null : notices / ownerMonths
  const nothing = { low: null, high: null, target: null, met: null, unsettled: 0 }
  return { id: 'noticesPerOwnerMonth', value, n: ownerMonths, ...nothing }
}

/** Tickets that somebody took up by the time that was promised. */
function responseSlaCompliance(db: Kysely<Records>, period: KpiPeriod): Promise<HitCount> {
  return slaCompliance(db, period, { due: sql`respond_by`, done: sql`responded_at` })
}

/** Tickets for which somebody was on site by the time that was promised; of level 3, those resolved by then. */
function solutionSlaCompliance(db: Kysely<Records>, period: KpiPeriod): Promise<HitCount> {
  const done = sql`case when sla = 'level3' then resolved_at else on_site_at end`
  return slaCompliance(db, period, { due: sql`solve_by`, done })
}

interface SlaColumns {
  due: RawBuilder<unknown>
  done: RawBuilder<unknown>
}

/**
 * A ticket counts in the month in which it was due. One that was cancelled before it was due, or is not done and not
 * due yet, or waits for its owner, does not count: nobody knows. Due times are moved by the waits that are over.
 */
async function slaCompliance(
  db: Kysely<Records>,
  { from, until, now }: KpiPeriod,
  { due, done }: SlaColumns,
): Promise<HitCount> {
  const { rows } = await sql<HitCount>`
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
async function satisfaction(db: Kysely<Records>, { from, until }: Period): Promise<HitCount> {
  const { rows } = await sql<HitCount>`
    select count(*)::integer as n, (count(*) filter (where score >= 4))::integer as hits
    from surveys where score is not null and answered_at >= ${from} and answered_at < ${until}`.execute(db)
  return rows[0] ?? { n: 0, hits: 0 }
}
