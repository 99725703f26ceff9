import type { Kysely } from 'kysely'
import type { Evidence } from '../../contract/finding.ts'
import { groupBy } from '../../lib/group-by.ts'
import { dayMs } from '../../lib/time.ts'
import { crossingProbability } from '../../rules/prognosis/statistics/normal-distribution.ts'
import type { Records } from '../../store/records/schema.ts'
import { positionOf } from '../dispatch/distance.ts'
import { forecastDemandByAge } from './demand-by-age.ts'
import { type DepotBalance, proposeTransfers, type Transfer } from './transfers.ts'

interface PartDemand {
  /** Empty when the region of the devices is unknown. */
  region: string
  part: string
  /** Expected number of parts: a sum of probabilities. */
  expected: number
  /** Share of `expected` that is due to the age of parts without a ticket. */
  expectedByAge: number
  /** Number of open tickets in the sum. */
  tickets: number
  /** On hand in the region's depots and vans, not reserved. */
  free: number
  /** Expected number minus free parts, at least 0. */
  shortage: number
}

export interface DemandForecast {
  /** ms since 1970 UTC. */
  from: number
  until: number
  demand: PartDemand[]
  transfers: (Transfer & { part: string })[]
}

/**
 * Forecast the demand for parts within the horizon by region, and propose transfers between depots that would meet it. Each
 * open ticket counts with the probability that its limit is crossed by then, one whose limit is crossed already with 1;
 * tickets with a reserved part are left out. Parts without a ticket count with the probability that they fail at their age.
 * @throws LifetimeError
 */
export async function forecastDemand(
  db: Kysely<Records>,
  now: Date,
  horizonDays = 30,
): Promise<DemandForecast> {
  const from = now.getTime()
  const until = from + horizonDays * dayMs
  const needs = [...(await loadExpectedNeeds(db, until)), ...(await expectedNeedsByAge(db, now, horizonDays))]
  const levels = await loadStockLevels(db)
  const demand = [...groupBy(needs, ({ region, part }) => `${part}\n${region}`).values()].map((same) => {
    const [{ region, part }] = same
    const here = levels.filter((one) => one.part === part && one.region === region)
    const free = here.reduce((sum, one) => sum + one.free, 0)
    const expected = sumOf(same)
    return {
      region,
      part,
      expected,
      expectedByAge: sumOf(same.filter(({ hasTicket }) => !hasTicket)),
      tickets: same.filter(({ hasTicket }) => hasTicket).length,
      free,
      shortage: Math.max(0, expected - free),
    }
  })
  demand.sort((one, other) => other.shortage - one.shortage || other.expected - one.expected)
  return { from, until, demand, transfers: transfersFor(demand, levels) }
}

/** Need for a part, or the sum of the needs of parts that only grow older. */
interface ExpectedNeed {
  region: string
  part: string
  expected: number
  hasTicket: boolean
}

const sumOf = (needs: readonly ExpectedNeed[]): number =>
  needs.reduce((sum, { expected }) => sum + expected, 0)

async function expectedNeedsByAge(
  db: Kysely<Records>,
  now: Date,
  horizonDays: number,
): Promise<ExpectedNeed[]> {
  const byAge = await forecastDemandByAge(db, now, horizonDays)
  return byAge.map((one) => ({ ...one, hasTicket: false }))
}

async function loadExpectedNeeds(db: Kysely<Records>, until: number): Promise<ExpectedNeed[]> {
  const rows = await db
    .selectFrom('tickets')
    .leftJoin('devices', 'devices.id', 'tickets.device_id')
    .select(['tickets.part', 'devices.region', 'tickets.evidence'])
    .where('tickets.part', 'is not', null)
    .where('condition', '=', 'active')
    .where('work_state', 'in', ['open', 'assigned', 'en_route', 'in_progress'])
    .where('tickets.id', 'not in', (held) =>
      held.selectFrom('reservations').select('ticket_id').where('state', '=', 'held'),
    )
    .$narrowType<{ part: string }>()
    .execute()
  return rows.map(({ part, region, evidence }) => ({
    part,
    region: region ?? '',
    expected: needProbability(evidence, until),
    hasTicket: true,
  }))
}

function needProbability({ crossing }: Evidence, until: number): number {
  return crossing === undefined ? 1 : crossingProbability(crossing, until)
}

type StockLevel = Awaited<ReturnType<typeof loadStockLevels>>[number]

async function loadStockLevels(db: Kysely<Records>) {
  const rows = await db
    .selectFrom('stock')
    .innerJoin('depots', 'depots.id', 'stock.depot_id')
    .selectAll()
    .execute()
  return rows.map((row) => ({
    depot: row.depot_id,
    kind: row.kind,
    part: row.part,
    region: row.region ?? '',
    free: row.on_hand - row.reserved,
    safety: row.safety,
    position: positionOf(row),
  }))
}

/** Return the parts to keep: for each ticket that may need one, and for the fleet's age only what makes up whole ones. */
const wholeParts = ({ expected, expectedByAge }: PartDemand): number =>
  Math.ceil(expected - expectedByAge) + Math.round(expectedByAge)

/** Propose transfers between depots, without vans. The demand of a region is assigned to its first depot. */
function transfersFor(
  demand: readonly PartDemand[],
  levels: readonly StockLevel[],
): DemandForecast['transfers'] {
  const depots = levels.filter(({ kind }) => kind === 'depot')
  return [...groupBy(depots, ({ part }) => part)].flatMap(([part, places]) => {
    const served = new Set<string>()
    const balances: DepotBalance[] = places.map(({ depot, region, free, safety, position }) => {
      const here = demand.find((one) => one.part === part && one.region === region)
      const needed = served.has(region) || here === undefined ? 0 : wholeParts(here)
      served.add(region)
      return { depot, balance: free - safety - needed, position }
    })
    return proposeTransfers(balances).map((one) => ({ ...one, part }))
  })
}
