import { type Kysely, sql } from 'kysely'
import type { Evidence } from '../../contract/finding.ts'
import { groupBy } from '../../lib/group-by.ts'
import { dayMs } from '../../lib/time.ts'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'
import { fitCohortWeibulls } from '../../rules/survival/fit-weibull.ts'
import type { Estimate } from '../../rules/survival/weibull-posterior.ts'
import type { Records } from '../../store/records/schema.ts'
import { isNoFaultFound } from '../reports/counted-fault.ts'
import type { PartFilter } from './load-part-lifetimes.ts'

/** How long before the failure a rule warns: from its alarm (potential failure) to the functional failure. */
export interface PfInterval {
  rule: string
  /** Parts with an alarm of the rule that no technician refuted. */
  alarms: number
  /** Of these: parts that were beyond their limit, or had failed, before they were replaced. */
  failures: number
  /** Of these: parts that had failed already when the alarm came. */
  failedAtAlarm: number
  /** Days from an alarm until 10 % and 50 % have failed; absent where every part had failed at its alarm. */
  b10?: Estimate
  b50?: Estimate
}

/** Most alarms that are read: of more, the newest. */
const maxAlarms = 20_000

interface AlarmRow {
  kind: string
  model: string | null
  device: string
  component: string
  epoch: number
  rule: string
  raisedAt: Date
  /** When it cleared, the part was replaced, or the device was retired. */
  endedAt: Date | null
}

interface PfOptions {
  now: Date
  /** Tells which findings say that a part has failed. */
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>
}

/** Return the key under which the intervals of the parts of one component and model are listed. */
export const pfKey = (part: { kind: string; model: string; component: string }): string =>
  `${part.kind}\n${part.component}\n${part.model}`

/**
 * Measure the P–F interval of each rule from its own alarms (ISO 17359; J. Moubray, Reliability-centred Maintenance, 1997): to the first
 * finding, of any rule, by which the part was beyond its limit. Parts that were replaced before, whose alarm cleared, or that still
 * run are censored, so that repairs in time do not shorten it; rules and models with few failures are drawn towards the others.
 */
export async function measurePfIntervals(
  db: Kysely<Records>,
  filter: PartFilter,
  { now, detectors }: PfOptions,
): Promise<Map<string, PfInterval[]>> {
  const alarms = await loadAlarms(db, filter)
  const failedAt = await loadFailures(db, filter, detectors)
  const byComponent = groupBy(alarms, ({ kind, component }) => `${kind}\n${component}`)
  return new Map(
    [...byComponent.values()].flatMap((same) =>
      intervalsOf(same.map((alarm) => observe(alarm, failedAt, now))),
    ),
  )
}

/** What came of one alarm. */
interface Observed {
  /** `pfKey` */
  part: string
  rule: string
  /** Days from the alarm to the failure, or as long as it was seen. */
  age: number
  failed: boolean
}

function observe(alarm: AlarmRow, failedAt: ReadonlyMap<string, number>, now: Date): Observed {
  const raisedAt = alarm.raisedAt.getTime()
  const until = Math.max(raisedAt, alarm.endedAt?.getTime() ?? now.getTime())
  const failure = failedAt.get(partKey(alarm)) ?? Number.POSITIVE_INFINITY
  const end = Math.max(raisedAt, Math.min(failure, until))
  return {
    part: pfKey({ ...alarm, model: alarm.model ?? '' }),
    rule: alarm.rule,
    age: (end - raisedAt) / dayMs,
    failed: failure <= until,
  }
}

function intervalsOf(observed: readonly Observed[]): [string, PfInterval[]][] {
  const cohortOf = ({ part, rule }: Observed) => `${part}\n${rule}`
  const warned = observed.filter(({ age, failed }) => !(failed && age === 0))
  const { cohorts } = fitCohortWeibulls(warned.map((one) => ({ ...one, cohort: cohortOf(one) })))
  const byPart = new Map<string, PfInterval[]>()
  for (const [cohort, same] of groupBy(observed, cohortOf)) {
    const [{ part, rule }] = same
    const weibull = cohorts.get(cohort)
    const interval: PfInterval = {
      rule,
      alarms: same.length,
      failures: same.filter(({ failed }) => failed).length,
      failedAtAlarm: same.filter(({ age, failed }) => failed && age === 0).length,
      ...(weibull === undefined ? {} : { b10: weibull.quantile(0.1), b50: weibull.quantile(0.5) }),
    }
    byPart.set(part, [...(byPart.get(part) ?? []), interval])
  }
  return [...byPart]
}

const partKey = (part: { device: string; component: string; epoch: number }): string =>
  `${part.device}\n${part.component}\n${part.epoch}`

/** Load the first alarm of each rule on each part, without those that a technician refuted. */
async function loadAlarms(db: Kysely<Records>, { kind, model, component }: PartFilter): Promise<AlarmRow[]> {
  const { rows } = await sql<AlarmRow>`
    select devices.kind, devices.model, alarms.*, least(
      alarms."clearedAt", devices.retired_at,
      (
        select since from epochs where epochs.device_id = alarms.device and epochs.component = alarms.component
          and epochs.number = alarms.epoch + 1
      )
    ) as "endedAt"
    from (
      select distinct on (device_id, component, epoch, rule)
        device_id as device, component, epoch, rule, at as "raisedAt", cleared_at as "clearedAt"
      from findings where state = 'raised' and not shadow
      order by device_id, component, epoch, rule, at
    ) as alarms join devices on devices.id = alarms.device
    where (${kind ?? null}::text is null or devices.kind = ${kind ?? null})
      and (${model ?? null}::text is null or devices.model = ${model ?? null})
      and (${component ?? null}::text is null or alarms.component = ${component ?? null})
      and not exists (
        select from tickets where tickets.device_id = alarms.device and tickets.component = alarms.component
          and tickets.epoch = alarms.epoch and tickets.rule = alarms.rule and ${isNoFaultFound}
      )
    order by alarms."raisedAt" desc limit ${maxAlarms}`.execute(db)
  return rows
}

/** Load by part when a finding first showed that it had failed, ms. */
async function loadFailures(
  db: Kysely<Records>,
  { kind, component }: PartFilter,
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>,
): Promise<Map<string, number>> {
  const { rows } = await sql<{
    device: string
    component: string
    epoch: number
    at: Date
    evidence: Evidence
  }>`
    select device_id as device, component, epoch, at, evidence - 'points' as evidence
    from findings join devices on devices.id = device_id
    where state <> 'cleared' and not shadow
      and (${kind ?? null}::text is null or devices.kind = ${kind ?? null})
      and (${component ?? null}::text is null or component = ${component ?? null})
    order by at`.execute(db)
  const failedAt = new Map<string, number>()
  for (const row of rows) {
    const [key, at] = [partKey(row), row.at.getTime()]
    if (!failedAt.has(key) && detectors.indicatesFailure(row.evidence, at)) failedAt.set(key, at)
  }
  return failedAt
}
