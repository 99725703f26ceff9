import type { DeviceKind, DeviceSpec } from '../household.ts'
import { airConditioner } from './air-conditioner.ts'
import type { Appliance } from './appliance.ts'
import { phone } from './phone.ts'
import { refrigerator } from './refrigerator.ts'
import { robotVacuum } from './robot-vacuum.ts'
import { vehicle } from './vehicle.ts'
import { washingMachine } from './washing-machine.ts'
import { waterHeater } from './water-heater.ts'

const applianceBuilders: Record<DeviceKind, (spec: DeviceSpec, stream: string) => Appliance> = {
  phone,
  robot_vacuum: robotVacuum,
  washing_machine: washingMachine,
  air_conditioner: airConditioner,
  refrigerator,
  water_heater: waterHeater,
  vehicle,
}

/** Create a new device. It depends on the seed and its id alone, not on other devices. */
export function buildAppliance(seed: number, spec: DeviceSpec): Appliance {
  return applianceBuilders[spec.kind](spec, `${seed}/${spec.id}`)
}
