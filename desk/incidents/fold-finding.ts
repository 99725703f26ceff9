import type { Transaction } from 'kysely'
import type { Evidence, Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { type Incident, joinIncident, lockIncidentsOf } from './incident.ts'
import { openIncident } from './open-incident.ts'
import { isSame, type Scope, scopesOf } from './scope.ts'
import { isBusy, near, stormIn } from './storm.ts'

/**
 * Folds a raised finding, which is in records already, into an incident when too many devices raise the same at about
 * the same event time.
 * @returns whether it was: then it gets no ticket and no notice of its own
 */
export async function foldFinding(trx: Transaction<Records>, finding: Finding, now: Date): Promise<boolean> {
  if (isPlanned(finding.evidence)) return false
  await lockIncidentsOf(trx, finding)
  if (!(await isBusy(trx, finding))) return false
  const device = await trx
    .selectFrom('devices')
    .select(['kind', 'model', 'firmware', 'site'])
    .where('id', '=', finding.device)
    .executeTakeFirst()
  if (device === undefined) return false
  const scopes = scopesOf(device)
  const incident = await stormyIncident(trx, finding, scopes)
  if (incident !== undefined) {
    await joinIncident(trx, incident, finding, now)
    return true
  }
  const storm = await stormIn(trx, finding, scopes)
  if (storm === undefined) return false
  await joinIncident(trx, await openIncident(trx, storm, finding, now), finding, now)
  return true
}

/** By the calendar many devices raise the same on one day because they are meant to. */
function isPlanned({ detector, parts = [] }: Evidence): boolean {
  return detector === 'calendar' || parts.some(isPlanned)
}

/** The open incident of the widest of these scopes that the finding comes in the midst of. */
async function stormyIncident(
  trx: Transaction<Records>,
  finding: Finding,
  scopes: readonly Scope[],
): Promise<Incident | undefined> {
  const open = await trx
    .selectFrom('incidents')
    .selectAll()
    .where('rule', '=', finding.rule)
    .where('state', '=', 'open')
    .execute()
  for (const scope of scopes) {
    const incident = open.find((one) => isSame(one, scope))
    if (incident !== undefined && (await stillStorms(trx, incident, finding))) return incident
  }
  return undefined
}

async function stillStorms(
  trx: Transaction<Records>,
  incident: Incident,
  finding: Finding,
): Promise<boolean> {
  if (incident.threshold === null) return false
  const more = await trx
    .selectFrom('findings')
    .select('id')
    .where('incident_id', '=', incident.id)
    .where(near(finding))
    .offset(incident.threshold - 1)
    .limit(1)
    .executeTakeFirst()
  return more !== undefined
}
