import { type Kysely, type RawBuilder, sql } from 'kysely'
import { wilsonInterval } from '../../lib/wilson-interval.ts'
import type { Records } from '../../store/records/schema.ts'
import { countFirstTimeFixes } from './first-time-fix.ts'
import { countNoticesPerOwner } from './notices-per-owner.ts'
import type { HitCount, KpiOptions, KpiPeriod, Period } from './period.ts'
import { repairsBeforeFailure } from './repaired-before-failure.ts'
import type { Kpi, KpiId } from './report-schema.ts'

/** Targets of the service, shares; null without a target. */
const kpiTargets = {
  responseSlaCompliance: 0.95,
  solutionSlaCompliance: 0.98,
  firstTimeFix: 0.9,
  satisfaction: 0.9,
  repairedBeforeFailureShare: null,
} as const satisfies Partial<Record<KpiId, number | null>>

/** Compute all KPIs of a period; each is defined at its function. */
export async function computeKpis(db: Kysely<Records>, period: KpiOptions): Promise<Kpi[]> {
  return [
    toShareKpi('responseSlaCompliance', await responseSlaCompliance(db, period)),
    toShareKpi('solutionSlaCompliance', await solutionSlaCompliance(db, period)),
    toShareKpi('firstTimeFix', await countFirstTimeFixes(db, period)),
    toShareKpi('satisfaction', await satisfaction(db, period)),
    toShareKpi('repairedBeforeFailureShare', await repairsBeforeFailure(db, period, period.detectors)),
    toNoticesPerOwnerKpi(await countNoticesPerOwner(db, period)),
  ]
}

function toShareKpi(id: keyof typeof kpiTargets, { n, hits, provisional = 0 }: HitCount): Kpi {
  const target = kpiTargets[id]
  const share = wilsonInterval(hits, n)
  const met = target === null || share.value === null ? null : share.value >= target
  return { id, ...share, target, met, provisional }
}

function toNoticesPerOwnerKpi({ notices, ownerMonths }: { notices: number; ownerMonths: number }): Kpi {
  const value = ownerMonths === 0 ? null : notices / ownerMonths
  const without = { low: null, high: null, target: null, met: null, provisional: 0 }
  return { id: 'noticesPerOwnerMonth', value, n: ownerMonths, ...without }
}

/** Count tickets with a response by the promised time. */
function responseSlaCompliance(db: Kysely<Records>, period: KpiPeriod): Promise<HitCount> {
  return slaCompliance(db, period, { due: sql`respond_by`, done: sql`responded_at` })
}

/** Count tickets with a technician on site by the promised time; for level 3, tickets resolved by then. */
function solutionSlaCompliance(db: Kysely<Records>, period: KpiPeriod): Promise<HitCount> {
  const done = sql`case when sla = 'level3' then resolved_at else on_site_at end`
  return slaCompliance(db, period, { due: sql`solve_by`, done })
}

interface SlaColumns {
  due: RawBuilder<unknown>
  done: RawBuilder<unknown>
}

/**
 * Count the tickets due in the period and those done in time. Not counted, because the outcome is unknown: tickets cancelled
 * before they were due, not yet due and not done, or waiting for the owner. Due times include the past waiting times.
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

/** Count survey answers of 4 or 5 of 5 among those given in the period; surveys without an answer do not count. */
async function satisfaction(db: Kysely<Records>, { from, until }: Period): Promise<HitCount> {
  const { rows } = await sql<HitCount>`
    select count(*)::integer as n, (count(*) filter (where score >= 4))::integer as hits
    from surveys where score is not null and answered_at >= ${from} and answered_at < ${until}`.execute(db)
  return rows[0] ?? { n: 0, hits: 0 }
}
