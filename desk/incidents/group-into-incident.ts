import type { Transaction } from 'kysely'
import type { Evidence, Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { detectAlarmFlood, mayBeAlarmFlood, raisedNearby } from './alarm-flood.ts'
import { addToIncident, type Incident, lockIncidentsOfRule } from './incident.ts'
import { openFloodIncident } from './open-flood-incident.ts'
import { type IncidentScope, incidentScopesOf, isSameScope } from './scope.ts'

/**
 * Folds a raised finding, which is in records already, into an incident when too many devices raise the same at about
 * the same event time.
 * @returns whether it was: then it gets no ticket and no notice of its own
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
  const storm = await detectAlarmFlood(trx, finding, scopes)
  if (storm === undefined) return false
  await addToIncident(trx, await openFloodIncident(trx, storm, finding, now), finding, now)
  return true
}

/** By the calendar many devices raise the same on one day because they are meant to. */
function isCalendarBased({ detector, parts = [] }: Evidence): boolean {
  return detector === 'calendar' || parts.some(isCalendarBased)
}

/** The open incident of the widest of these scopes that the finding comes in the midst of. */
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
