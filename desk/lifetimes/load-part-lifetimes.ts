import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { groupBy } from '../../lib/group-by.ts'
import { dayMs } from '../../lib/time.ts'
import type { PartLifetime } from '../../rules/survival/lifetime-statistics.ts'
import type { RepairHistory } from '../../rules/survival/mean-cumulative-repairs.ts'
import type { Records } from '../../store/records/schema.ts'
import { isCountedFault } from '../reports/counted-fault.ts'

/** Which parts; all without a filter. */
export interface PartFilter {
  kind?: string | undefined
  model?: string | undefined
  component?: string | undefined
}

/** Lifetime of a part of a device. */
interface DevicePartLifetime extends PartLifetime {
  device: string
}

/** The lifetimes of one component of a kind; ages in days. */
export interface ComponentLifetimes<L extends PartLifetime = DevicePartLifetime> {
  kind: string
  component: string
  /** Of each part, also of those that were replaced; the cohort is the model, empty where it is unknown. */
  lifetimes: L[]
  /** Repairs by replacement, of each device, since it was first used or seen. */
  repairs: (RepairHistory & { model: string })[]
  /** Parts left out because it is not known when they were installed. */
  ofUnknownAge: number
}

interface PositionRow {
  id: string
  kind: string
  model: string | null
  region: string | null
  component: string
  inUseSince: Date | null
  firstSeen: Date
  retiredAt: Date | null
  /** Starts of its epochs from 1 on, ms. */
  starts: number[] | null
}

interface FaultRow {
  device: string
  component: string
  epoch: number
  rule: string
}

/** Most devices of one component that are read: of more, a sample by hash stands for all. */
const maxDevices = 5_000

/**
 * Load the lifetimes of the parts of all devices, by kind and component. A part begins with the first use of its device or with a
 * replacement, and has failed when it was replaced after a fault that no technician refuted; a part that was replaced without
 * one, is still in use, or whose device was retired, is censored. Components without any fault or replacement are left out.
 */
export async function loadPartLifetimes(
  db: Kysely<Records>,
  filter: PartFilter,
  now: Date,
): Promise<ComponentLifetimes[]> {
  const positions = await loadPositions(db, filter)
  const faults = new Map<string, string>()
  for (const { device, component, epoch, rule } of await loadFaults(db, filter))
    faults.set(partKey(device, component, epoch), rule)
  return [...groupBy(positions, ({ kind, component }) => `${kind}\n${component}`).values()].map((group) =>
    lifetimesOf(group, { now: now.getTime(), ruleOf: (...part) => faults.get(partKey(...part)) }),
  )
}

const partKey = (device: string, component: string, epoch: number): string =>
  `${device}\n${component}\n${epoch}`

async function loadPositions(
  db: Kysely<Records>,
  { kind, model, component }: PartFilter,
): Promise<PositionRow[]> {
  const { rows } = await sql<PositionRow>`
    with components as (
      select devices.kind, epochs.component from epochs join devices on devices.id = epochs.device_id
      union
      select devices.kind, tickets.component from tickets join devices on devices.id = tickets.device_id
        where ${isCountedFault}
    )
    select devices.id, devices.kind, devices.model, devices.region, components.component,
      devices.in_use_since as "inUseSince", devices.first_seen as "firstSeen", devices.retired_at as "retiredAt",
      (
        select json_agg(extract(epoch from since)::double precision * 1000 order by number) from epochs
        where epochs.device_id = devices.id and epochs.component = components.component
      ) as starts
    from devices join components on components.kind = devices.kind
    where devices.renamed_to is null
      and (${kind ?? null}::text is null or devices.kind = ${kind ?? null})
      and (${model ?? null}::text is null or devices.model = ${model ?? null})
      and (${component ?? null}::text is null or components.component = ${component ?? null})
    order by devices.kind, components.component, devices.id`.execute(db)
  return rows
}

async function loadFaults(db: Kysely<Records>, { kind, component }: PartFilter): Promise<FaultRow[]> {
  const { rows } = await sql<FaultRow>`
    select tickets.device_id as device, tickets.component, tickets.epoch, tickets.rule
    from tickets join devices on devices.id = tickets.device_id
    where ${isCountedFault}
      and (${kind ?? null}::text is null or devices.kind = ${kind ?? null})
      and (${component ?? null}::text is null or tickets.component = ${component ?? null})
    order by tickets.created_at`.execute(db)
  return rows
}

interface LifetimeContext {
  now: number
  /** Rule of the fault of a part; undefined without one. */
  ruleOf(device: string, component: string, epoch: number): string | undefined
}

function lifetimesOf(group: readonly PositionRow[], context: LifetimeContext): ComponentLifetimes {
  const { kind = '', component = '' } = group[0] ?? {}
  const sample = sampleOf(group)
  const weight = group.length / sample.length
  const lifetimes: DevicePartLifetime[] = []
  const repairs: ComponentLifetimes['repairs'] = []
  let ofUnknownAge = 0
  for (const position of sample) {
    const parts = partsOf(position, context)
    for (const part of parts) {
      if (part === undefined) ofUnknownAge++
      else lifetimes.push(weight === 1 ? part : { ...part, weight })
    }
    repairs.push({ model: position.model ?? '', ...repairsOf(position, context.now) })
  }
  return { kind, component, lifetimes, repairs, ofUnknownAge: Math.round(ofUnknownAge * weight) }
}

function sampleOf(group: readonly PositionRow[]): readonly PositionRow[] {
  if (group.length <= maxDevices) return group
  const hashed = group.map((position) => ({
    position,
    hash: createHash('sha256').update(position.id).digest('hex'),
  }))
  hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1))
  return hashed.slice(0, maxDevices).map(({ position }) => position)
}

/** Return each part that a device had as a component; undefined where it is not known when it was installed. */
function partsOf(
  { id, component, model, region, inUseSince, firstSeen, retiredAt, starts }: PositionRow,
  { now, ruleOf }: LifetimeContext,
): (DevicePartLifetime | undefined)[] {
  const end = retiredAt?.getTime() ?? now
  const begins = [inUseSince?.getTime(), ...(starts ?? [])]
  return begins.flatMap((begin, epoch) => {
    if (begin === undefined) return [undefined]
    const next = begins[epoch + 1]
    const until = Math.min(next ?? end, end)
    // A replacement that was reported before the first use, or at the same time, leaves no lifetime.
    if (until <= begin) return []
    const seen = Math.max(0, firstSeen.getTime() - begin)
    if (begin + seen >= until) return []
    const rule = next === undefined ? undefined : ruleOf(id, component, epoch)
    const part: DevicePartLifetime = {
      device: id,
      age: (until - begin) / dayMs,
      failed: rule !== undefined,
      enteredAt: seen / dayMs,
      cohort: model ?? '',
      isRunning: next === undefined && retiredAt === null,
      region: region ?? '',
    }
    return [rule === undefined ? part : { ...part, mode: rule }]
  })
}

function repairsOf({ inUseSince, firstSeen, retiredAt, starts }: PositionRow, now: number): RepairHistory {
  const begin = Math.min(inUseSince?.getTime() ?? firstSeen.getTime(), firstSeen.getTime())
  const ageAt = (ms: number) => (ms - begin) / dayMs
  const until = Math.max(0, ageAt(retiredAt?.getTime() ?? now))
  const from = Math.min(ageAt(firstSeen.getTime()), until)
  return { from, until, repairs: (starts ?? []).map(ageAt).filter((age) => age > from && age <= until) }
}
