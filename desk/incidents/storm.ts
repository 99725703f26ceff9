import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { isIn, isSame, type Place, type Scope, scopesOf } from './scope.ts'

/** Findings of one rule are near each other within this span of event time, to either side. */
const nearMs = hourMs
/** So many devices may raise the same near each other: each gets its ticket. */
const fewDevices = 20
/** In a large fleet: this share of its devices. */
const usualShare = 0.02

/** A scope in which more devices raised the same than is usual. */
export interface Storm extends Scope {
  /** So many would have been usual. */
  threshold: number
}

/** Raised by the same rule at about the same time; the finding itself is one of them. */
export function near({ rule, at }: Finding): RawBuilder<boolean> {
  return sql<boolean>`
    findings.rule = ${rule} and findings.state = 'raised' and not findings.shadow
    and findings.at between ${new Date(at - nearMs)} and ${new Date(at + nearMs)}`
}

/** The devices that share this, for queries over `devices`. */
export function within({ kind, scope, subject }: Scope): RawBuilder<boolean> {
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
export async function isBusy(trx: Transaction<Records>, finding: Finding): Promise<boolean> {
  const more = await trx
    .selectFrom('findings')
    .select('id')
    .where(near(finding))
    .offset(fewDevices)
    .limit(1)
    .executeTakeFirst()
  return more !== undefined
}

/** The widest of these scopes in which it storms. */
export async function stormIn(
  trx: Transaction<Records>,
  finding: Finding,
  scopes: readonly Scope[],
): Promise<Storm | undefined> {
  const places = await placesRaising(trx, finding)
  for (const scope of scopes) {
    if (breadth(places, scope) <= fewDevices) continue
    const usual = Math.ceil(usualShare * (await devicesWithin(trx, scope)))
    const threshold = Math.max(fewDevices, usual)
    if (places.filter((place) => isIn(place, scope)).length > threshold) return { ...scope, threshold }
  }
  return undefined
}

/** How many devices of a scope are left without its greatest part: what is the trouble of one site is not its firmware's. */
function breadth(places: readonly Place[], scope: Scope): number {
  const inside = places.filter((place) => isIn(place, scope))
  const parts = new Map<string, number>()
  for (const place of inside) {
    const scopes = scopesOf(place)
    for (const part of scopes.slice(scopes.findIndex((one) => isSame(one, scope)) + 1)) {
      const key = `${part.scope} ${part.subject}`
      parts.set(key, (parts.get(key) ?? 0) + 1)
    }
  }
  return inside.length - Math.max(0, ...parts.values())
}

/** The devices that raised the same near the finding. */
function placesRaising(trx: Transaction<Records>, finding: Finding): Promise<Place[]> {
  return trx
    .selectFrom('devices')
    .select(['kind', 'model', 'firmware', 'site'])
    .where('id', 'in', (raising) => raising.selectFrom('findings').select('device_id').where(near(finding)))
    .execute()
}

export async function devicesWithin(trx: Transaction<Records>, scope: Scope): Promise<number> {
  const { count } = await trx
    .selectFrom('devices')
    .select(sql<number>`count(*)::int`.as('count'))
    .where(within(scope))
    .executeTakeFirstOrThrow()
  return count
}
