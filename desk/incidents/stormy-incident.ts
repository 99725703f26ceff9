import type { Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import type { Incident } from './incident.ts'
import { isSame, type Scope } from './scope.ts'
import { near } from './storm.ts'

/** The open incident of the widest of these scopes that the finding comes in the midst of. */
export async function stormyIncident(
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
