import type { Device } from '../../contract/device.ts'
import type { FleetModel } from '../../contract/fleet-model.ts'
import { cohortDevicePrefix } from '../../contract/ids.ts'

/**
 * Return the firmware cohorts of a fleet model as devices: `fleet:robot_vacuum/RV-20/2.1.0`. No real device has such
 * an id, because a level of an MQTT topic has no slash.
 */
export function cohortDevices(fleetModel: FleetModel): Device[] {
  const cohorts = new Map<string, Device>()
  for (const [subject, peers] of Object.entries(fleetModel.cohortStats)) {
    const [kind = ''] = subject.split('/', 1)
    for (const { model, firmware } of peers) {
      if (model === undefined || firmware === undefined) continue
      const id = `${cohortDevicePrefix}${kind}/${model}/${firmware}`
      cohorts.set(id, { id, kind, model, firmware })
    }
  }
  return [...cohorts.values()]
}
