import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import {
  type DeviceScopeKeys,
  type IncidentScope,
  incidentScopesOf,
  isInScope,
  isSameScope,
} from './scope.ts'

/** Maximum distance of findings of one rule in event time to count as simultaneous, to either side. */
const floodWindowMs = hourMs
/** Number of devices that may raise simultaneous findings, each with its own ticket. */
const minFloodDevices = 20
/** The same for large fleets, as a share of the devices. */
const floodFleetShare = 0.02

/** Scope with an alarm flood (ISA-18.2): more devices than usual raised findings of the same rule. */
export interface AlarmFlood extends IncidentScope {
  /** Number of devices up to which findings are not a flood. */
  threshold: number
}

/** Return the condition for findings of the same rule at about the same time, including the finding itself. */
export function raisedNearby({ rule, at }: Finding): RawBuilder<boolean> {
  return sql<boolean>`
    findings.rule = ${rule} and findings.state = 'raised' and not findings.shadow
    and findings.at between ${new Date(at - floodWindowMs)} and ${new Date(at + floodWindowMs)}`
}

/** Return the condition for devices in a scope, for queries over `devices`. */
export function deviceInScope({ kind, scope, subject }: IncidentScope): RawBuilder<boolean> {
  switch (scope) {
    case 'site':
      return sql<boolean>`(devices.kind = ${kind} and devices.site = ${subject})`
    case 'firmware':
      return sql<boolean>`(devices.kind = ${kind} and devices.model || '/' || devices.firmware = ${subject})`
    case 'kind':
      return sql<boolean>`(devices.kind = ${kind})`
  }
}

/** Tell whether an alarm flood is possible. One short query, because it runs for every raised finding. */
export async function mayBeAlarmFlood(trx: Transaction<Records>, finding: Finding): Promise<boolean> {
  const more = await trx
    .selectFrom('findings')
    .select('id')
    .where(raisedNearby(finding))
    .offset(minFloodDevices)
    .limit(1)
    .executeTakeFirst()
  return more !== undefined
}

/** Return the widest of these scopes with an alarm flood. */
export async function detectAlarmFlood(
  trx: Transaction<Records>,
  finding: Finding,
  scopes: readonly IncidentScope[],
): Promise<AlarmFlood | undefined> {
  const places = await devicesRaising(trx, finding)
  for (const scope of scopes) {
    if (countOutsideLargestSubscope(places, scope) <= minFloodDevices) continue
    const usual = Math.ceil(floodFleetShare * (await countDevicesInScope(trx, scope)))
    const threshold = Math.max(minFloodDevices, usual)
    if (places.filter((place) => isInScope(place, scope)).length > threshold) return { ...scope, threshold }
  }
  return undefined
}

/** Count the devices of a scope outside its largest site, so that a fault of one site is not attributed to its firmware. */
function countOutsideLargestSubscope(places: readonly DeviceScopeKeys[], scope: IncidentScope): number {
  const inside = places.filter((place) => isInScope(place, scope))
  const parts = new Map<string, number>()
  for (const place of inside) {
    const scopes = incidentScopesOf(place)
    for (const part of scopes.slice(scopes.findIndex((one) => isSameScope(one, scope)) + 1)) {
      const key = `${part.scope} ${part.subject}`
      parts.set(key, (parts.get(key) ?? 0) + 1)
    }
  }
  return inside.length - Math.max(0, ...parts.values())
}

/** Select the devices with simultaneous findings of the same rule. */
function devicesRaising(trx: Transaction<Records>, finding: Finding): Promise<DeviceScopeKeys[]> {
  return trx
    .selectFrom('devices')
    .select(['kind', 'model', 'firmware', 'site'])
    .where('id', 'in', (raising) =>
      raising.selectFrom('findings').select('device_id').where(raisedNearby(finding)),
    )
    .execute()
}

/** Return the number of devices in use in a scope. */
export async function countDevicesInScope(trx: Transaction<Records>, scope: IncidentScope): Promise<number> {
  const { count } = await trx
    .selectFrom('devices')
    .select(sql<number>`count(*)::int`.as('count'))
    .where(deviceInScope(scope))
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}
