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

/** People under one roof: what they are like decides how their devices wear. */
export interface Household {
  /** Names its random streams: seed and number. */
  name: string
  climate: Climate
  people: number
  /** When they get up, hour of the day. */
  wakeHour: number
  /** Somebody is at home on weekdays. */
  homeByDay: boolean
  /** Dust in the air and on the floor; 1 is usual, pets and building sites bring more. */
  dustiness: number
  /** Share of the floor that is carpet. */
  carpetShare: number
  /** Hair on the floor; 1 is usual. */
  shedding: number
  /** Conductivity of the tap water, µS/cm: soft or hard. */
  waterConductivityUsCm: number
  /** Cleans filters now and then. */
  tidy: boolean
}

/** One simulated device and whose it is. */
export interface DeviceSpec {
  id: string
  kind: DeviceKind
  model: string
  firmware: string
  owner: string
  /** The home, for what hits all devices in it. */
  site: string
  region: string
  /** ms since 1970. */
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
 * Share of households that own an appliance beside their phone. Connected ones of a household that has them at all:
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
 * The first `count` devices of the endless street of households that a seed stands for. Every device depends on the
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

/** A country with such a climate. */
function regionForClimate({ annualMeanTempC: yearMeanC }: Climate): string {
  if (yearMeanC < 11) return 'DE'
  return yearMeanC < 14 ? 'FR' : 'IT'
}

const tripSlotDays = 70

/** Whether the household is on a journey: about four in ten slots of 70 days hold one of 3–12 days. */
export function isTravelling(household: Household, ts: number): boolean {
  const day = Math.floor(ts / dayMs)
  const slot = Math.floor(day / tripSlotDays)
  const random = new Random(household.name, 'trip', slot)
  if (!random.chance(0.4)) return false
  const start = slot * tripSlotDays + random.integer(0, tripSlotDays - 13)
  return day >= start && day < start + random.integer(3, 12)
}
