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

/** Findings of one rule are near each other within this span of event time, to either side. */
const floodWindowMs = hourMs
/** So many devices may raise the same near each other: each gets its ticket. */
const minFloodDevices = 20
/** In a large fleet: this share of its devices. */
const floodFleetShare = 0.02

/** A scope in which more devices raised the same than is usual. */
export interface AlarmFlood extends IncidentScope {
  /** So many would have been usual. */
  threshold: number
}

/** Raised by the same rule at about the same time; the finding itself is one of them. */
export function raisedNearby({ rule, at }: Finding): RawBuilder<boolean> {
  return sql<boolean>`
    findings.rule = ${rule} and findings.state = 'raised' and not findings.shadow
    and findings.at between ${new Date(at - floodWindowMs)} and ${new Date(at + floodWindowMs)}`
}

/** The devices that share this, for queries over `devices`. */
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

/** Whether there is anything near that could be a storm: one short query, for it is asked with every raised finding. */
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

/** The widest of these scopes in which it storms. */
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

/** How many devices of a scope are left without its greatest part: what is the trouble of one site is not its firmware's. */
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

/** The devices that raised the same near the finding. */
function devicesRaising(trx: Transaction<Records>, finding: Finding): Promise<DeviceScopeKeys[]> {
  return trx
    .selectFrom('devices')
    .select(['kind', 'model', 'firmware', 'site'])
    .where('id', 'in', (raising) =>
      raising.selectFrom('findings').select('device_id').where(raisedNearby(finding)),
    )
    .execute()
}

export async function countDevicesInScope(trx: Transaction<Records>, scope: IncidentScope): Promise<number> {
  const { count } = await trx
    .selectFrom('devices')
    .select(sql<number>`count(*)::int`.as('count'))
    .where(deviceInScope(scope))
    .executeTakeFirstOrThrow()
  return count
}
