import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { rulePrecisions } from '../feedback/precision.ts'
import { demandByRegion } from './demand.ts'
import { faultTypes } from './fault-types.ts'
import { firstMonths } from './first-month.ts'
import { kpisOf } from './kpis.ts'
import { monthAt, monthIn, monthsLater } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'
import { technicianPerformance } from './technicians.ts'
import { type LocalPeriod, ticketFigures } from './ticket-figures.ts'

export interface ReportOptions extends LocalPeriod {
  /** When it is made. What lies after it has not happened. */
  now: Date
}

/** So many months are drawn, the last one included. */
const trendMonths = 6

/**
 * What happened at the service desk in a span of time, usually a month. It reads and changes nothing.
 * @throws PeriodError for a time zone that there is not
 */
export async function monthlyReport(db: Kysely<Records>, options: ReportOptions): Promise<MonthlyReport> {
  const { from, until, timeZone, now } = options
  return {
    from: from.toISOString(),
    until: until.toISOString(),
    timeZone,
    madeAt: now.toISOString(),
    kpis: await kpisOf(db, options),
    trend: await trendOf(db, options),
    tickets: await ticketFigures(db, options),
    faultTypes: await faultTypes(db, options),
    firstMonth: await firstMonths(db, options),
    demand: await demandByRegion(db, options),
    technicians: await technicianPerformance(db, options),
    rules: await rules(db),
  }
}

async function trendOf(
  db: Kysely<Records>,
  { until, timeZone, now }: ReportOptions,
): Promise<MonthlyReport['trend']> {
  const last = monthAt(new Date(until.getTime() - 1), timeZone)
  const trend: MonthlyReport['trend'] = []
  for (let back = trendMonths - 1; back >= 0; back--) {
    const month = monthsLater(last, -back)
    trend.push({ month, kpis: await kpisOf(db, { ...monthIn(month, timeZone), now }) })
  }
  return trend
}

async function rules(db: Kysely<Records>): Promise<MonthlyReport['rules']> {
  const flags = await db
    .selectFrom('rule_flags')
    .select(['rule', 'version'])
    .where('state', '=', 'open')
    .execute()
  return (await rulePrecisions(db)).map(({ precision, ...counted }) => ({
    ...counted,
    precision: precision.value,
    low: precision.low,
    high: precision.high,
    flagged: flags.some(({ rule, version }) => rule === counted.rule && version === counted.version),
  }))
}
