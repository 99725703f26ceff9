import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { computeRulePrecisions } from '../feedback/rule-precision.ts'
import { earlyFailures } from './early-failures.ts'
import { computeFaultTypes } from './fault-types.ts'
import { isFirstTimeFix } from './first-time-fix.ts'
import { computeKpis } from './kpis.ts'
import { type KpiOptions, monthOf, monthPeriod, type Period, shiftMonth } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'
import { countTickets, type LocalPeriod } from './ticket-figures.ts'

export interface ReportOptions extends LocalPeriod {
  detectors: KpiOptions['detectors']
  /** Time of the report; nothing later counts. */
  now: Date
}

/** Months of the trend, the last one included. */
const trendMonths = 6

/**
 * Build the report of the service desk over a period, usually a month; read only.
 * @throws PeriodError for a time zone that does not exist
 */
export async function buildMonthlyReport(
  db: Kysely<Records>,
  options: ReportOptions,
): Promise<MonthlyReport> {
  const { from, until, timeZone, now } = options
  return {
    from: from.toISOString(),
    until: until.toISOString(),
    timeZone,
    generatedAt: now.toISOString(),
    kpis: await computeKpis(db, options),
    trend: await loadTrend(db, options),
    tickets: await countTickets(db, options),
    faultTypes: await computeFaultTypes(db, options),
    earlyFailures: await earlyFailures(db, options),
    demand: await demandByRegion(db, options),
    technicians: await technicianPerformance(db, options),
    rules: await loadRulePrecisions(db),
  }
}

async function loadTrend(
  db: Kysely<Records>,
  { until, timeZone, now, detectors }: ReportOptions,
): Promise<MonthlyReport['trend']> {
  const last = monthOf(new Date(until.getTime() - 1), timeZone)
  const trend: MonthlyReport['trend'] = []
  for (let back = trendMonths - 1; back >= 0; back--) {
    const month = shiftMonth(last, -back)
    trend.push({ month, kpis: await computeKpis(db, { ...monthPeriod(month, timeZone), now, detectors }) })
  }
  return trend
}

async function loadRulePrecisions(db: Kysely<Records>): Promise<MonthlyReport['rules']> {
  const flags = await db
    .selectFrom('rule_flags')
    .select(['rule', 'version'])
    .where('state', '=', 'open')
    .execute()
  return (await computeRulePrecisions(db)).map(({ rule, version, verdicts, confirmed, precision }) => ({
    rule,
    version,
    verdicts,
    confirmed,
    precision: precision.value,
    low: precision.low,
    high: precision.high,
    flagged: flags.some((flag) => flag.rule === rule && flag.version === version),
  }))
}

type Demand = MonthlyReport['demand'][number]

/**
 * Count the parts needed, used and waiting at the end of the period (ticket not resolved by then), by the region of the
 * device, else of its owner.
 */
async function demandByRegion(db: Kysely<Records>, { from, until }: Period): Promise<Demand[]> {
  const { rows } = await sql<Demand>`
    with places as (
      select devices.id, coalesce(devices.region, owners.region) as region
      from devices left join owners on owners.id = devices.owner_id
    ), requested as (
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
    from (select * from requested union all select * from built_in) as movements
    left join places on places.id = device_id
    group by region, part order by region nulls last, needed desc, part`.execute(db)
  return rows
}

type Technician = MonthlyReport['technicians'][number]

/**
 * Count the work of each technician on the tickets assigned to them: visits that began in the period, and tickets resolved
 * in it. On time is an arrival before the end of the agreed visit, else by the promised time of the ticket. The rating is
 * over the answers given in the period. Technicians without work in it are left out; ordered by visits.
 */
async function technicianPerformance(db: Kysely<Records>, { from, until }: Period): Promise<Technician[]> {
  const within = (column: string) => {
    const at = sql.ref(column)
    return sql<boolean>`coalesce(${at} >= ${from} and ${at} < ${until}, false)`
  }
  const { rows } = await sql<Technician>`
    with work as (
      select technician_id, ${within('on_site_at')} as visited, ${within('resolved_at')} as resolved,
        ${isFirstTimeFix} as is_fixed, on_site_at <= coalesce(visit_until, solve_by) as on_time,
        case when ${within('answered_at')} then score end as score
      from tickets left join surveys on surveys.ticket_id = tickets.id
      where technician_id is not null
    ), figures as (
      select technician_id, (count(*) filter (where visited))::integer as visits,
        (count(*) filter (where resolved))::integer as resolved,
        (avg(is_fixed::integer) filter (where resolved))::double precision as "firstTimeFix",
        (avg(on_time::integer) filter (where visited))::double precision as "onTime",
        avg(score)::double precision as rating, count(score)::integer as ratings
      from work group by technician_id
    )
    select id, name, visits, resolved, "firstTimeFix", "onTime", figures.rating, ratings
    from figures join technicians on technicians.id = technician_id
    where visits + resolved + ratings > 0 order by visits desc, resolved desc, id`.execute(db)
  return rows
}
