import type { Transaction } from 'kysely'
import type { Evidence, Finding } from '../../contract/finding.ts'
import { groupBy } from '../../lib/group-by.ts'
import type { Records } from '../../store/records/schema.ts'
import { findNextFlood, type PlacedFinding, selectPossibleFloods } from './alarm-flood.ts'
import { addToIncident, lockIncidentsOfRules } from './incident.ts'
import { joinOpenIncidents } from './join-open-incidents.ts'
import { openFloodIncident } from './open-flood-incident.ts'
import { type DeviceScopeKeys, incidentScopesOf } from './scope.ts'

/**
 * Group recorded, raised findings into incidents when too many devices raise findings of their rule at about the same event
 * time. They are looked at one after the other: findings before the one that makes it a flood are not grouped.
 * @returns ids of those that were grouped: they get no tickets and no notices of their own
 */
export async function groupIntoIncidents(
  trx: Transaction<Records>,
  findings: readonly Finding[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const ofRules = groupByRule(findings)
  await lockIncidentsOfRules(trx, [...ofRules.keys()])
  const grouped = new Set<string>()
  for (const rule of await selectPossibleFloods(trx, ofRules)) {
    const placed = await placeFindings(trx, ofRules.get(rule) ?? [])
    for (const id of await groupFindingsOfRule(trx, placed, now)) grouped.add(id)
  }
  return grouped
}

/** Return the raised findings by rule, without those that follow the calendar: many devices are to raise them on one day. */
function groupByRule(findings: readonly Finding[]): Map<string, Finding[]> {
  return groupBy(findings, ({ state, evidence, rule }) =>
    state === 'raised' && !isCalendarBased(evidence) ? rule : undefined,
  )
}

function isCalendarBased({ detector, parts = [] }: Evidence): boolean {
  return detector === 'calendar' || parts.some(isCalendarBased)
}

/** Add the scopes of their devices to findings; those of unknown devices are left out. */
async function placeFindings(
  trx: Transaction<Records>,
  findings: readonly Finding[],
): Promise<PlacedFinding[]> {
  const devices = findings.map(({ device }) => device)
  const rows = await trx
    .selectFrom('devices')
    .select(['id', 'kind', 'model', 'firmware', 'site'])
    .where('id', 'in', devices)
    .execute()
  const placeOf = new Map<string, DeviceScopeKeys>(rows.map(({ id, ...place }) => [id, place]))
  return findings.flatMap((finding) => {
    const place = placeOf.get(finding.device)
    return place === undefined ? [] : [{ finding, scopes: incidentScopesOf(place) }]
  })
}

async function groupFindingsOfRule(
  trx: Transaction<Records>,
  placed: readonly PlacedFinding[],
  now: Date,
): Promise<string[]> {
  const grouped: string[] = []
  let pending = placed
  while (pending.length > 0) {
    const joined = await joinOpenIncidents(trx, pending, now)
    grouped.push(...joined)
    pending = pending.filter(({ finding }) => !joined.has(finding.id))
    if (joined.size > 0) continue
    const found = await findNextFlood(trx, pending)
    if (found === undefined) break
    const { finding } = found.placed
    pending = pending.slice(pending.indexOf(found.placed) + 1)
    const later = pending.map(({ finding: { id } }) => id)
    const incident = await openFloodIncident(trx, { flood: found.flood, finding, later, now })
    await addToIncident(trx, incident, [finding], now)
    grouped.push(finding.id)
  }
  return grouped
}
