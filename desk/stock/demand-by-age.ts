import { type Kysely, sql } from 'kysely'
import { lifetimeStatistics, type PartLifetime } from '../../rules/survival/lifetime-statistics.ts'
import type { Records } from '../../store/records/schema.ts'
import { type ComponentLifetimes, loadPartLifetimes } from '../lifetimes/load-part-lifetimes.ts'

/** Expected number of parts in a region; the region is empty where it is unknown. */
export interface ExpectedParts {
  region: string
  part: string
  expected: number
}

/**
 * Forecast which parts running devices will need within the horizon by their age alone, from how long such parts lasted. Parts
 * with an open ticket are left out: that says more; so are components of which none has failed yet, since nothing tells when they
 * do. A component needs the part that most of its tickets needed.
 * @throws LifetimeError
 */
export async function forecastDemandByAge(
  db: Kysely<Records>,
  now: Date,
  horizonDays: number,
): Promise<ExpectedParts[]> {
  const partOf = await loadUsualParts(db)
  if (partOf.size === 0) return []
  const withTicket = await loadOpenTickets(db)
  const components = await loadPartLifetimes(db, {}, now)
  return components.flatMap((each) => {
    const part = partOf.get(`${each.kind}\n${each.component}`)
    return part === undefined ? [] : expectedOf(each, { part, withTicket, horizonDays })
  })
}

function expectedOf(
  { component, lifetimes }: ComponentLifetimes,
  { part, withTicket, horizonDays }: { part: string; withTicket: ReadonlySet<string>; horizonDays: number },
): ExpectedParts[] {
  if (!lifetimes.some(({ failed }) => failed)) return []
  const withoutTicket = lifetimes.map(
    (one): PartLifetime =>
      withTicket.has(`${one.device}\n${component}`) ? { ...one, isRunning: false } : one,
  )
  return lifetimeStatistics(withoutTicket, { horizons: [horizonDays] }).flatMap(({ regions }) =>
    regions.map(({ region, expected }) => ({ region, part, expected: expected[0]?.value ?? 0 })),
  )
}

/** Return by kind and component the part that most of its tickets needed. */
async function loadUsualParts(db: Kysely<Records>): Promise<Map<string, string>> {
  const { rows } = await sql<{ kind: string; component: string; part: string }>`
    select distinct on (devices.kind, tickets.component) devices.kind, tickets.component, tickets.part
    from tickets join devices on devices.id = tickets.device_id
    where tickets.part is not null
    group by devices.kind, tickets.component, tickets.part
    order by devices.kind, tickets.component, count(*) desc, tickets.part`.execute(db)
  return new Map(rows.map(({ kind, component, part }) => [`${kind}\n${component}`, part]))
}

async function loadOpenTickets(db: Kysely<Records>): Promise<Set<string>> {
  const rows = await db
    .selectFrom('tickets')
    .select(['device_id', 'component'])
    .where('work_state', 'in', ['open', 'assigned', 'en_route', 'in_progress'])
    .execute()
  return new Set(rows.map((row) => `${row.device_id}\n${row.component}`))
}
