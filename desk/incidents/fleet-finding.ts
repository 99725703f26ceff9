import type { Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { fleetPrefix } from '../../rules/fleet-model/fleet-cohorts.ts'
import type { Records } from '../../store/records/schema.ts'
import { lockIncidentsOf, upsertIncident } from './incident.ts'
import type { Scope } from './scope.ts'
import { devicesWithin } from './storm.ts'

/** Whether a finding is about all devices of a firmware rather than about one. */
export function isOfFleet({ device }: Finding): boolean {
  return device.startsWith(fleetPrefix)
}

/**
 * Makes an incident of the shift of a whole firmware. No storm opened it, so it has no threshold; it is over when the
 * rule says so.
 */
export async function recordFleetFinding(
  trx: Transaction<Records>,
  finding: Finding,
  now: Date,
): Promise<void> {
  await lockIncidentsOf(trx, finding)
  if (finding.state === 'raised') await openIncidentOf(trx, finding, now)
  if (finding.state === 'cleared') await closeIncidentOf(trx, finding, now)
}

async function openIncidentOf(trx: Transaction<Records>, finding: Finding, now: Date): Promise<void> {
  const scope = firmwareOf(finding)
  const devices = await devicesWithin(trx, scope)
  const { id } = await upsertIncident(trx, { ...scope, threshold: null, devices }, finding, now)
  await trx.updateTable('findings').set({ incident_id: id }).where('id', '=', finding.id).execute()
}

async function closeIncidentOf(trx: Transaction<Records>, finding: Finding, now: Date): Promise<void> {
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

/** `fleet:robot_vacuum/RV-20/2.1.0`: the kind, then model and firmware. */
function firmwareOf({ device }: Finding): Scope {
  const [kind = '', ...modelAndFirmware] = device.slice(fleetPrefix.length).split('/')
  return { kind, scope: 'firmware', subject: modelAndFirmware.join('/') }
}
