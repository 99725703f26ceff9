import type { Values } from './appliances/appliance.ts'
import type { Kind } from './household.ts'

/** What a device still knows when it rests, of its last reading; undefined when that reading had none of it. */
export function restingValues(kind: Kind, last: Values): Values | undefined {
  if (kind === 'washing_machine') return { drum_rpm: 0, drum_load_kg: 0 }
  const known = Object.entries(last).filter(([metric]) => slowMetrics[kind].includes(metric))
  return known.length > 0 ? Object.fromEntries(known) : undefined
}

const slowMetrics: Record<Exclude<Kind, 'washing_machine'>, readonly string[]> = {
  phone: ['battery_health_pct', 'battery_cycles', 'battery_temp_c'],
  robot_vacuum: ['battery_health_pct', 'runtime_h'],
  air_conditioner: ['room_temp_c'],
  refrigerator: ['door_open_s'],
  water_heater: ['runtime_h'],
  vehicle: ['odometer_km'],
}
