import type { Transaction } from 'kysely'
import type { Evidence, Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { detectAlarmFlood, mayBeAlarmFlood, raisedNearby } from './alarm-flood.ts'
import { addToIncident, type Incident, lockIncidentsOfRule } from './incident.ts'
import { openFloodIncident } from './open-flood-incident.ts'
import { type IncidentScope, incidentScopesOf, isSameScope } from './scope.ts'

/**
 * Group a raised, recorded finding into an incident when too many devices raise findings of its rule at about the same
 * event time.
 * @returns true when it was grouped: then it gets no ticket and no notice of its own
 */
export async function groupIntoIncident(
  trx: Transaction<Records>,
  finding: Finding,
  now: Date,
): Promise<boolean> {
  if (isCalendarBased(finding.evidence)) return false
  await lockIncidentsOfRule(trx, finding)
  if (!(await mayBeAlarmFlood(trx, finding))) return false
  const device = await trx
    .selectFrom('devices')
    .select(['kind', 'model', 'firmware', 'site'])
    .where('id', '=', finding.device)
    .executeTakeFirst()
  if (device === undefined) return false
  const scopes = incidentScopesOf(device)
  const incident = await findFloodIncident(trx, finding, scopes)
  if (incident !== undefined) {
    await addToIncident(trx, incident, finding, now)
    return true
  }
  const flood = await detectAlarmFlood(trx, finding, scopes)
  if (flood === undefined) return false
  await addToIncident(trx, await openFloodIncident(trx, flood, finding, now), finding, now)
  return true
}

/** Tell whether a finding follows the calendar, where many devices are expected to raise it on one day. */
function isCalendarBased({ detector, parts = [] }: Evidence): boolean {
  return detector === 'calendar' || parts.some(isCalendarBased)
}

/** Return the open incident of the widest of these scopes whose flood is ongoing at the finding's event time. */
async function findFloodIncident(
  trx: Transaction<Records>,
  finding: Finding,
  scopes: readonly IncidentScope[],
): Promise<Incident | undefined> {
  const open = await trx
    .selectFrom('incidents')
    .selectAll()
    .where('rule', '=', finding.rule)
    .where('state', '=', 'open')
    .execute()
  for (const scope of scopes) {
    const incident = open.find((one) => isSameScope(one, scope))
    if (incident !== undefined && (await isFloodOngoing(trx, incident, finding))) return incident
  }
  return undefined
}

async function isFloodOngoing(
  trx: Transaction<Records>,
  incident: Incident,
  finding: Finding,
): Promise<boolean> {
  if (incident.threshold === null) return false
  const more = await trx
    .selectFrom('findings')
    .select('id')
    .where('incident_id', '=', incident.id)
    .where(raisedNearby(finding))
    .offset(incident.threshold - 1)
    .limit(1)
    .executeTakeFirst()
  return more !== undefined
}
