import type { Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { cohortDevicePrefix } from '../../contract/ids.ts'
import type { Records } from '../../store/records/schema.ts'
import { countDevicesInScope } from './alarm-flood.ts'
import { lockIncidentsOfRules, upsertIncident } from './incident.ts'
import type { IncidentScope } from './scope.ts'

/** Tell whether a finding is about all devices of a firmware rather than about one device. */
export function isFleetFinding({ device }: Finding): boolean {
  return device.startsWith(cohortDevicePrefix)
}

/**
 * Open or close an incident for a shift of a whole firmware. It has no threshold, and ends when the rule clears the finding.
 */
export async function recordFleetFinding(
  trx: Transaction<Records>,
  finding: Finding,
  now: Date,
): Promise<void> {
  await lockIncidentsOfRules(trx, [finding.rule])
  if (finding.state === 'raised') await openFleetIncident(trx, finding, now)
  if (finding.state === 'cleared') await closeFleetIncident(trx, finding, now)
}

async function openFleetIncident(trx: Transaction<Records>, finding: Finding, now: Date): Promise<void> {
  const scope = firmwareScope(finding)
  const devices = await countDevicesInScope(trx, scope)
  const { id } = await upsertIncident(trx, { ...scope, threshold: null, devices }, finding, now)
  await trx.updateTable('findings').set({ incident_id: id }).where('id', '=', finding.id).execute()
}

async function closeFleetIncident(trx: Transaction<Records>, finding: Finding, now: Date): Promise<void> {
  await trx
    .updateTable('incidents')
    .set({ state: 'closed', last_at: new Date(finding.at), updated_at: now })
    .where('state', '=', 'open')
    .where('threshold', 'is', null)
    .where('id', 'in', (incidents) =>
      incidents
        .selectFrom('findings')
        .select('incident_id')
        .where('device_id', '=', finding.device)
        .where('rule', '=', finding.rule)
        .where('at', '<=', new Date(finding.at))
        .$narrowType<{ incident_id: string }>(),
    )
    .execute()
}

/** Parse `fleet:robot_vacuum/RV-20/2.1.0`: kind, model, firmware. */
function firmwareScope({ device }: Finding): IncidentScope {
  const [kind = '', ...modelAndFirmware] = device.slice(cohortDevicePrefix.length).split('/')
  return { kind, scope: 'firmware', subject: modelAndFirmware.join('/') }
}
