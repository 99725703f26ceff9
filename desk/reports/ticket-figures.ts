import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { daysInPeriod, type Period } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

type Tickets = MonthlyReport['tickets']

export interface LocalPeriod extends Period {
  /** IANA name; defines when a day begins. */
  timeZone: string
}

/** Count tickets opened, resolved and open at the end, by level and by day, and the verdicts. */
export async function countTickets(db: Kysely<Records>, period: LocalPeriod): Promise<Tickets> {
  const byLevel = await countByLevel(db, period)
  const sum = (key: 'opened' | 'resolved' | 'openAtEnd') =>
    byLevel.reduce((all, level) => all + level[key], 0)
  return {
    opened: sum('opened'),
    resolved: sum('resolved'),
    openAtEnd: sum('openAtEnd'),
    byLevel,
    byDay: await countByDay(db, period),
    verdicts: await countByVerdict(db, period),
  }
}

async function countByLevel(db: Kysely<Records>, { from, until }: Period): Promise<Tickets['byLevel']> {
  const { rows } = await sql<Tickets['byLevel'][number]>`
    select level, (count(*) filter (where created_at >= ${from} and created_at < ${until}))::integer as opened,
      (count(*) filter (where resolved_at >= ${from} and resolved_at < ${until}))::integer as resolved,
      (count(*) filter (
        where created_at < ${until} and coalesce(resolved_at, closed_at, 'infinity') >= ${until}
          and (work_state <> 'cancelled' or closed_at >= ${until})
      ))::integer as "openAtEnd"
    from unnest(array['level1', 'level2', 'level3']) as level left join tickets on sla = level
    group by level order by level`.execute(db)
  return rows
}

async function countByDay(
  db: Kysely<Records>,
  { from, until, timeZone }: LocalPeriod,
): Promise<Tickets['byDay']> {
  const { rows } = await sql<{ day: string; what: 'opened' | 'resolved'; count: number }>`
    select to_char(at at time zone ${timeZone}, 'YYYY-MM-DD') as day, what, count(*)::integer as count
    from (
      select created_at as at, 'opened' as what from tickets
      union all select resolved_at, 'resolved' from tickets
    ) as steps
    where at >= ${from} and at < ${until} group by 1, 2`.execute(db)
  const counts = new Map(rows.map(({ day, what, count }) => [`${day} ${what}`, count]))
  return daysInPeriod({ from, until }, timeZone).map((day) => ({
    day,
    opened: counts.get(`${day} opened`) ?? 0,
    resolved: counts.get(`${day} resolved`) ?? 0,
  }))
}

async function countByVerdict(db: Kysely<Records>, { from, until }: Period): Promise<Tickets['verdicts']> {
  const rows = await db
    .selectFrom('tickets')
    .select((select) => ['verdict', select.fn.countAll<string>().as('count')])
    .where('resolved_at', '>=', from)
    .where('resolved_at', '<', until)
    .groupBy('verdict')
    .execute()
  const counts = { worn: 0, not_worn: 0, sensor_fault: 0, other: 0, none: 0 }
  for (const { verdict, count } of rows) counts[verdict ?? 'none'] = Number(count)
  return counts
}
