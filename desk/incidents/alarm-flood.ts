import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import { toRecordsetJson } from '../../store/records/pg-values.ts'
import type { Records } from '../../store/records/schema.ts'
import { type IncidentScope, incidentScopesOf, scopeKey } from './scope.ts'

/** Maximum distance of findings of one rule in event time to count as simultaneous, to either side. */
export const floodWindowMs = hourMs
/** Number of devices that may raise simultaneous findings, each with its own ticket. */
const minFloodDevices = 20
/** The same for large fleets, as a share of the devices. */
const floodFleetShare = 0.02

/** Scope with an alarm flood (ISA-18.2): more devices than usual raised findings of the same rule. */
export interface AlarmFlood extends IncidentScope {
  /** Number of devices up to which findings are not a flood. */
  threshold: number
}

/** A recorded, raised finding with the scopes of its device, the widest first. */
export interface PlacedFinding {
  finding: Finding
  scopes: readonly IncidentScope[]
}

/** Return the condition for findings of the same rule at about the same time, including the finding itself. */
export function raisedNearby({ rule, at }: Finding): RawBuilder<boolean> {
  return raisedBetween(rule, at - floodWindowMs, at + floodWindowMs)
}

function raisedBetween(rule: string, from: number, until: number): RawBuilder<boolean> {
  return sql<boolean>`
    findings.rule = ${rule} and findings.state = 'raised' and not findings.shadow
    and findings.at between ${new Date(from)} and ${new Date(until)}`
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

/**
 * Return the rules of which enough findings for an alarm flood are around the times of these, themselves included. One short
 * query, because it runs for all raised findings.
 */
export async function selectPossibleFloods(
  trx: Transaction<Records>,
  ofRules: ReadonlyMap<string, readonly Finding[]>,
): Promise<string[]> {
  if (ofRules.size === 0) return []
  const given = [...ofRules].map(([rule, findings]) => {
    const { from, until } = nearbyPeriod(findings)
    return { rule, from: new Date(from), until: new Date(until) }
  })
  const { rows } = await sql<{ rule: string }>`
    select rule from json_to_recordset(${toRecordsetJson(given)}::json)
      as given (rule text, "from" timestamptz, until timestamptz)
    where (
      select count(*) from (
        select from findings
        where findings.rule = given.rule and state = 'raised' and not shadow
          and at between given."from" and given.until
        limit ${minFloodDevices + 1}
      ) as nearby) > ${minFloodDevices}`.execute(trx)
  return rows.map(({ rule }) => rule)
}

/** Return the period of event time in which findings are near one of these, ms. */
function nearbyPeriod(findings: readonly Finding[]): { from: number; until: number } {
  const times = findings.map(({ at }) => at)
  return { from: Math.min(...times) - floodWindowMs, until: Math.max(...times) + floodWindowMs }
}

/**
 * Return the first of these findings of one rule that makes an alarm flood of it, in the widest of its scopes. Those after
 * it do not count yet.
 */
export async function findNextFlood(
  trx: Transaction<Records>,
  pending: readonly PlacedFinding[],
): Promise<{ placed: PlacedFinding; flood: AlarmFlood } | undefined> {
  const seen = await loadSeen(trx, pending)
  const thresholds = new Map<string, number>()
  for (const placed of pending) {
    const { finding, scopes } = placed
    seen.push({ device: finding.device, at: finding.at, keys: scopes.map(scopeKey) })
    const nearby = seen.filter(({ at }) => Math.abs(at - finding.at) <= floodWindowMs)
    if (nearby.length <= minFloodDevices) continue
    const devices = [...new Map(nearby.map((one) => [one.device, one])).values()]
    for (const scope of scopes) {
      const key = scopeKey(scope)
      const inside = devices.filter(({ keys }) => keys.includes(key))
      if (inside.length <= minFloodDevices) continue
      const threshold = thresholds.get(key) ?? (await floodThreshold(trx, scope))
      thresholds.set(key, threshold)
      if (inside.length > threshold && countOutsideLargestSubscope(inside, key) > minFloodDevices)
        return { placed, flood: { ...scope, threshold } }
    }
  }
  return undefined
}

/** A raised finding that counts already, with the keys of its device's scopes, the widest first. */
interface SeenFinding {
  device: string
  at: number
  keys: readonly string[]
}

/** Load the findings of the rule near these, without these. */
async function loadSeen(
  trx: Transaction<Records>,
  pending: readonly PlacedFinding[],
): Promise<SeenFinding[]> {
  const findings = pending.map(({ finding }) => finding)
  const [first] = findings
  if (first === undefined) return []
  const { from, until } = nearbyPeriod(findings)
  const rows = await trx
    .selectFrom('findings')
    .innerJoin('devices', 'devices.id', 'findings.device_id')
    .select(['findings.id', 'at', 'device_id', 'kind', 'model', 'firmware', 'site'])
    .where(raisedBetween(first.rule, from, until))
    .execute()
  const excluded = new Set(findings.map(({ id }) => id))
  return rows
    .filter(({ id }) => !excluded.has(id))
    .map((row) => ({
      device: row.device_id,
      at: row.at.getTime(),
      keys: incidentScopesOf(row).map(scopeKey),
    }))
}

/** Count the devices of a scope outside its largest site, so that a fault of one site is not attributed to its firmware. */
function countOutsideLargestSubscope(inside: readonly SeenFinding[], scope: string): number {
  const parts = new Map<string, number>()
  for (const { keys } of inside)
    for (const part of keys.slice(keys.indexOf(scope) + 1)) parts.set(part, (parts.get(part) ?? 0) + 1)
  return inside.length - Math.max(0, ...parts.values())
}

async function floodThreshold(trx: Transaction<Records>, scope: IncidentScope): Promise<number> {
  return Math.max(minFloodDevices, Math.ceil(floodFleetShare * (await countDevicesInScope(trx, scope))))
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
