import { dayMs } from '../lib/time.ts'
import type { Climate } from './climate.ts'
import { Random } from './random.ts'

export type DeviceKind =
  | 'phone'
  | 'robot_vacuum'
  | 'washing_machine'
  | 'air_conditioner'
  | 'refrigerator'
  | 'water_heater'
  | 'vehicle'

/** People in one home; their habits determine how their devices wear. */
export interface Household {
  /** Name of its random streams: seed and number. */
  name: string
  climate: Climate
  people: number
  /** Hour of the day at which they get up. */
  wakeHour: number
  /** Somebody is at home during the day on weekdays. */
  homeByDay: boolean
  /** Dust in the air and on the floor; 1 is usual, pets and building sites cause more. */
  dustiness: number
  /** Share of the floor that is carpet. */
  carpetShare: number
  /** Hair on the floor; 1 is usual. */
  shedding: number
  /** Conductivity of the tap water, µS/cm: soft or hard. */
  waterConductivityUsCm: number
  /** Cleans filters from time to time. */
  tidy: boolean
}

/** One simulated device and its household. */
export interface DeviceSpec {
  id: string
  kind: DeviceKind
  model: string
  firmware: string
  owner: string
  /** The home, for what affects all devices in it. */
  site: string
  region: string
  /** Start of its use, ms since 1970. */
  inUseSince: number
  household: Household
}

const models: Record<DeviceKind, readonly [string, string, ...string[]]> = {
  phone: ['PH-7', 'PH-8', 'PH-8 Plus'],
  robot_vacuum: ['RV-20', 'RV-30'],
  washing_machine: ['WM-700', 'WM-900'],
  air_conditioner: ['AC-25', 'AC-35'],
  refrigerator: ['FR-300', 'FR-360'],
  water_heater: ['WH-80', 'WH-120'],
  vehicle: ['EV-1', 'EV-2'],
}

const firmwares: Record<DeviceKind, readonly [string, ...string[]]> = {
  phone: ['17.4', '18.1', '18.2'],
  robot_vacuum: ['2.1.0', '2.2.3'],
  washing_machine: ['1.8', '1.9'],
  air_conditioner: ['3.0.1', '3.1.0'],
  refrigerator: ['1.2', '1.3'],
  water_heater: ['0.9', '1.0'],
  vehicle: ['2025.2', '2025.4'],
}

/**
 * Share of households that own an appliance besides their phone. Connected ones of a household that owns the kind at all:
 * a refrigerator and a washing machine nearly everywhere, a water heater with a tank and an electric car in some.
 */
const ownership: readonly [Exclude<DeviceKind, 'phone'>, number][] = [
  ['robot_vacuum', 0.6],
  ['washing_machine', 0.9],
  ['air_conditioner', 0.55],
  ['refrigerator', 0.95],
  ['water_heater', 0.35],
  ['vehicle', 0.45],
]

/**
 * Generate the first `count` devices of the infinite sequence of households of a seed. Every device depends on the
 * seed and its own id alone, so a larger fleet begins with the smaller one.
 */
export function generateFleet(seed: number, count: number): DeviceSpec[] {
  const devices: DeviceSpec[] = []
  for (let number = 1; devices.length < count; number++)
    devices.push(...generateHouseholdDevices(seed, number))
  return devices.slice(0, count)
}

function generateHouseholdDevices(seed: number, number: number): DeviceSpec[] {
  const household = generateHousehold(seed, number)
  const random = new Random(household.name, 'purchases')
  const suffix = String(number).padStart(3, '0')
  const owner = `u-${suffix}`
  const device = (id: string, kind: DeviceKind): DeviceSpec => ({
    id,
    kind,
    model: random.pick(models[kind]),
    firmware: random.pick(firmwares[kind]),
    owner,
    site: `home-${suffix}`,
    region: regionForClimate(household.climate),
    inUseSince: Date.UTC(2019, 0, 1) + random.integer(0, 5 * 365) * dayMs,
    household,
  })
  const appliances = ownership
    .filter(([, share]) => random.chance(share))
    .map(([kind]) => device(`${kind.replaceAll('_', '-')}-${suffix}`, kind))
  return [device(`phone-${owner}`, 'phone'), ...appliances]
}

function generateHousehold(seed: number, number: number): Household {
  const name = `${seed}/household ${number}`
  const random = new Random(name)
  const people = random.pick([1, 2, 2, 3, 4, 5])
  return {
    name,
    climate: {
      name: `${name}/weather`,
      annualMeanTempC: random.between(8, 17),
      seasonalAmplitudeC: random.between(8, 12),
    },
    people,
    wakeHour: random.between(5.5, 8.5),
    homeByDay: random.chance(0.35),
    dustiness: random.lognormal(0.3) * (random.chance(0.3) ? 1.6 : 1),
    carpetShare: random.between(0, 0.7),
    shedding: random.lognormal(0.35),
    waterConductivityUsCm: Math.min(1200, 450 * random.lognormal(0.45)),
    tidy: random.chance(0.5),
  }
}

/** Return a country with this climate. */
function regionForClimate({ annualMeanTempC }: Climate): string {
  if (annualMeanTempC < 11) return 'DE'
  return annualMeanTempC < 14 ? 'FR' : 'IT'
}

const tripSlotDays = 70

/** Is the household travelling? About four in ten periods of 70 days contain a journey of 3–12 days. */
export function isTravelling(household: Household, ts: number): boolean {
  const day = Math.floor(ts / dayMs)
  const slot = Math.floor(day / tripSlotDays)
  const random = new Random(household.name, 'trip', slot)
  if (!random.chance(0.4)) return false
  const start = slot * tripSlotDays + random.integer(0, tripSlotDays - 13)
  return day >= start && day < start + random.integer(3, 12)
}
