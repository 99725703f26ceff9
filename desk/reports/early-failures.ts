import { type Kysely, sql } from 'kysely'
import { rateRatio } from '../../lib/poisson-rates.ts'
import { dayMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { isCountedFault } from './counted-fault.ts'
import { averageMonthSeconds } from './notices-per-owner.ts'
import type { KpiPeriod } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

type EarlyFailures = MonthlyReport['earlyFailures']
type Row = EarlyFailures['rows'][number]
/** A single month has too few new devices for a comparison, days. */
const windowDays = 180

/** Early failures of the devices of one model and firmware. */
interface EarlyFailureCohort {
  kind: string
  model: string
  firmware: string | null
  devices: number
  deviceMonths: number
  faults: number
  /** First use of the first of them. */
  firstUse: Date
}

/**
 * Compare faults within 30 days of first use, over the 180 days up to the end of the period: each model, and each of its
 * firmwares, against all others of the same kind. `isWorse` holds when even the lower end of the interval of the ratio is
 * above 1; by chance that is about one of forty cohorts that do not differ.
 */
export async function earlyFailures(db: Kysely<Records>, { until, now }: KpiPeriod): Promise<EarlyFailures> {
  const from = new Date(until.getTime() - windowDays * dayMs)
  const cohorts = await loadEarlyFailureCohorts(db, { from, until, now })
  return { from: from.toISOString(), rows: compareCohorts(cohorts, from) }
}

async function loadEarlyFailureCohorts(
  db: Kysely<Records>,
  { from, until, now }: KpiPeriod,
): Promise<EarlyFailureCohort[]> {
  const end = now < until ? now : until
  const { rows } = await sql<EarlyFailureCohort>`
    with first_days as (
      select id, kind, model, firmware, coalesce(in_use_since, first_seen) as began,
        greatest(coalesce(in_use_since, first_seen), first_seen, ${from}) as seen,
        least(coalesce(in_use_since, first_seen) + interval '30 days', ${end}) as over
      from devices where model is not null
    ), firsts as (
      select first_days.*, (
        select count(*) from tickets where tickets.device_id = first_days.id and ${isCountedFault}
          and tickets.created_at >= seen and tickets.created_at < over
      ) as faults
      from first_days where over > seen
    )
    select firsts.kind, firsts.model, firsts.firmware, count(*)::integer as devices, sum(faults)::integer as faults,
      sum(extract(epoch from over - seen))::double precision / ${averageMonthSeconds}::double precision as "deviceMonths",
      (
        select min(first_days.began) from first_days where first_days.kind = firsts.kind and first_days.model = firsts.model
          and first_days.firmware is not distinct from firsts.firmware
      ) as "firstUse"
    from firsts group by firsts.kind, firsts.model, firsts.firmware
    order by firsts.kind, firsts.model, firsts.firmware`.execute(db)
  return rows
}

/** @param from start of the window: a cohort first used since then is new */
function compareCohorts(all: readonly EarlyFailureCohort[], from: Date): Row[] {
  const models = new Map<string, EarlyFailureCohort[]>()
  for (const one of all) {
    const key = JSON.stringify([one.kind, one.model])
    models.set(key, [...(models.get(key) ?? []), one])
  }
  return [...models.values()].flatMap((firmwares) => {
    // A model with one firmware gives one row.
    const cohorts = firmwares.length > 1 ? firmwares.map((one) => [one]) : []
    return [firmwares, ...cohorts].flatMap((members) =>
      compareToOthers(members, { all, from, modelCohorts: firmwares }),
    )
  })
}

interface Comparison {
  all: readonly EarlyFailureCohort[]
  from: Date
  /** All cohorts of the model. */
  modelCohorts: readonly EarlyFailureCohort[]
}

function compareToOthers(
  members: readonly EarlyFailureCohort[],
  { all, from, modelCohorts }: Comparison,
): Row[] {
  const [first] = members
  if (first === undefined) return []
  const others = sumExposure(all.filter((other) => other.kind === first.kind && !members.includes(other)))
  const own = sumExposure(members)
  const ratio = rateRatio(
    { events: own.faults, exposure: own.deviceMonths },
    { events: others.faults, exposure: others.deviceMonths },
  )
  const isWhole = members.length === modelCohorts.length
  return [
    {
      kind: first.kind,
      model: first.model,
      firmware: isWhole && modelCohorts.length > 1 ? null : first.firmware,
      isNew: members.every(({ firstUse }) => firstUse >= from),
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
