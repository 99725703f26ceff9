import { type Kysely, sql } from 'kysely'
import { rateRatio } from '../../lib/poisson-rates.ts'
import { dayMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { isConfirmedFault } from './confirmed-fault.ts'
import { averageMonthSeconds } from './notices-per-owner.ts'
import type { KpiPeriod } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

type FirstMonth = MonthlyReport['firstMonth']
type Row = FirstMonth['rows'][number]
/** One month has too few new devices to tell. */
const windowDays = 180

/** How the devices of one model and firmware began. */
interface EarlyFailureCohort {
  kind: string
  model: string
  firmware: string | null
  devices: number
  deviceMonths: number
  faults: number
  /** First use of the first of them. */
  began: Date
}

/**
 * Faults within 30 days of a device's first use, in the 180 days up to the period's end: of each model, and of each
 * firmware of it, against all others of the same kind. Worse is what is so even at the lower end of the interval; among
 * forty that are like the others, that is about one by chance.
 */
export async function earlyFailures(db: Kysely<Records>, { until, now }: KpiPeriod): Promise<FirstMonth> {
  const from = new Date(until.getTime() - windowDays * dayMs)
  const began = await loadEarlyFailureCohorts(db, { from, until, now })
  return { from: from.toISOString(), rows: compareCohorts(began, from) }
}

async function loadEarlyFailureCohorts(
  db: Kysely<Records>,
  { from, until, now }: KpiPeriod,
): Promise<EarlyFailureCohort[]> {
  const end = now < until ? now : until
  const { rows } = await sql<EarlyFailureCohort>`
    with lives as (
      select id, kind, model, firmware, coalesce(in_use_since, first_seen) as began,
        greatest(coalesce(in_use_since, first_seen), first_seen, ${from}) as seen,
        least(coalesce(in_use_since, first_seen) + interval '30 days', ${end}) as over
      from devices where model is not null
    ), firsts as (
      select lives.*, (
        select count(*) from tickets where tickets.device_id = lives.id and ${isConfirmedFault}
          and tickets.created_at >= seen and tickets.created_at < over
      ) as faults
      from lives where over > seen
    )
    select firsts.kind, firsts.model, firsts.firmware, count(*)::integer as devices, sum(faults)::integer as faults,
      sum(extract(epoch from over - seen))::double precision / ${averageMonthSeconds}::double precision as "deviceMonths",
      (
        select min(lives.began) from lives where lives.kind = firsts.kind and lives.model = firsts.model
          and lives.firmware is not distinct from firsts.firmware
      ) as began
    from firsts group by firsts.kind, firsts.model, firsts.firmware
    order by firsts.kind, firsts.model, firsts.firmware`.execute(db)
  return rows
}

/** @param from from when on a cohort counts as new */
function compareCohorts(all: readonly EarlyFailureCohort[], from: Date): Row[] {
  const models = new Map<string, EarlyFailureCohort[]>()
  for (const one of all) {
    const key = JSON.stringify([one.kind, one.model])
    models.set(key, [...(models.get(key) ?? []), one])
  }
  return [...models.values()].flatMap((firmwares) => {
    // What is said of a model with one firmware need not be said twice.
    const cohorts = firmwares.length > 1 ? firmwares.map((one) => [one]) : []
    return [firmwares, ...cohorts].flatMap((members) =>
      compareToOthers(members, { all, from, modelCohorts: firmwares }),
    )
  })
}

interface Comparison {
  all: readonly EarlyFailureCohort[]
  from: Date
  /** Everything of the model. */
  modelCohorts: readonly EarlyFailureCohort[]
}

function compareToOthers(
  members: readonly EarlyFailureCohort[],
  { all, from, modelCohorts: of }: Comparison,
): Row[] {
  const [first] = members
  if (first === undefined) return []
  const others = sumExposure(all.filter((other) => other.kind === first.kind && !members.includes(other)))
  const own = sumExposure(members)
  const ratio = rateRatio(
    { events: own.faults, exposure: own.deviceMonths },
    { events: others.faults, exposure: others.deviceMonths },
  )
  const isWhole = members.length === of.length
  return [
    {
      kind: first.kind,
      model: first.model,
      firmware: isWhole && of.length > 1 ? null : first.firmware,
      isNew: members.every(({ began }) => began >= from),
      devices: members.reduce((sum, { devices }) => sum + devices, 0),
      ...own,
      others,
      ratio: ratio?.ratio ?? null,
      low: ratio?.low ?? null,
      high: ratio?.high ?? null,
      p: ratio?.p ?? null,
      isWorse: (ratio?.low ?? 0) > 1,
    },
  ]
}

function sumExposure(cohorts: readonly EarlyFailureCohort[]): { faults: number; deviceMonths: number } {
  return {
    faults: cohorts.reduce((sum, { faults }) => sum + faults, 0),
    deviceMonths: cohorts.reduce((sum, { deviceMonths }) => sum + deviceMonths, 0),
  }
}
