import { type Kysely, sql } from 'kysely'
import { poissonInterval } from '../../lib/poisson-rates.ts'
import type { Records } from '../../store/records/schema.ts'
import { isCountedFault, isNoFaultFound } from './counted-fault.ts'
import { averageMonthSeconds } from './notices-per-owner.ts'
import type { KpiPeriod } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

type FaultType = MonthlyReport['faultTypes'][number]

/**
 * Count faults by model, firmware and rule from the tickets opened in the period, and their rate per 100 device-months. A
 * device counts from when it was both registered and in use, under its present firmware: earlier firmware is not stored.
 * The most frequent are first.
 */
export async function computeFaultTypes(
  db: Kysely<Records>,
  { from, until, now }: KpiPeriod,
): Promise<FaultType[]> {
  const end = now < until ? now : until
  const { rows } = await sql<Omit<FaultType, 'perHundredDeviceMonths' | 'low' | 'high'>>`
    with exposure as (
      select kind, model, firmware, sum(greatest(0, extract(epoch from
        ${end}::timestamptz - greatest(${from}, first_seen, in_use_since)
      )))::double precision / ${averageMonthSeconds}::double precision as "deviceMonths"
      from devices group by kind, model, firmware
    ), faults as (
      select kind, model, firmware, component, rule,
        (count(*) filter (where ${isCountedFault}))::integer as faults,
        (count(*) filter (where tickets.verdict = 'worn'))::integer as worn,
        (count(*) filter (where ${isNoFaultFound}))::integer as "noFaultFound"
      from tickets join devices on devices.id = tickets.device_id
      where tickets.created_at >= ${from} and tickets.created_at < ${until}
      group by kind, model, firmware, component, rule
    )
    select faults.*, exposure."deviceMonths" from faults join exposure on exposure.kind = faults.kind
      and exposure.model is not distinct from faults.model
      and exposure.firmware is not distinct from faults.firmware
    where faults + "noFaultFound" > 0
    order by faults desc, "noFaultFound" desc, faults.kind, faults.model, faults.firmware, component, rule`.execute(
    db,
  )
  return rows.map((row) => ({ ...row, ...ratePerHundredDeviceMonths(row) }))
}

function ratePerHundredDeviceMonths({ faults, deviceMonths }: Pick<FaultType, 'faults' | 'deviceMonths'>) {
  if (deviceMonths === 0) return { perHundredDeviceMonths: null, low: null, high: null }
  const { low, high } = poissonInterval(faults)
  const rate = (events: number) => (100 * events) / deviceMonths
  return { perHundredDeviceMonths: rate(faults), low: rate(low), high: rate(high) }
}
