import type { DeviceSpec } from '../household.ts'
import { Random } from '../random.ts'
import { findRegion, type GeoPoint, randomPointNear } from './region.ts'

/** One who owns devices: where he lives, when he sleeps, and what he is like with messages. */
export interface SimulatedOwner {
  /** Names his random streams, with the seed. */
  name: string
  id: string
  region: string
  home: GeoPoint
  locale: 'en' | 'zh-CN'
  /** IANA name. */
  timeZone: string
  /** What he has set: in these hours only what is urgent. `22:00`. */
  quietFrom: string
  quietUntil: string
  /** When he gets up and goes to bed, hours of the day by his own clock. */
  wakeHour: number
  sleepHour: number
  homeByDay: boolean
  /** Cleans things without calling anyone. */
  isHandy: boolean
  /** Does something about what he reads; the others read, and leave it at that. */
  isResponsive: boolean
}

/** Share of owners that act on service messages; of marketing far less, of "your appliance will fail" most. Our choice. */
const responsiveShare = 0.75
/** Share of owners that read Chinese; enough that both languages are in use. Our choice. */
const chineseShare = 0.15
/** Share whose phone keeps the time of another part of the world, so that quiet hours are not the same for all. */
const foreignTimeZoneShare = 0.08
const foreignTimeZones = ['America/New_York', 'Asia/Shanghai', 'Europe/London', 'Asia/Kolkata'] as const
/** Homes lie about the middle of their region: half of them within 14 km. Our choice: a city and its suburbs. */
const homesSpreadKm = 12

/** The owners of simulated devices, each once, in the order of their households. */
export function generateOwners(seed: number, devices: readonly DeviceSpec[]): SimulatedOwner[] {
  const owners = new Map<string, SimulatedOwner>()
  for (const device of devices) {
    if (!owners.has(device.owner)) owners.set(device.owner, generateOwner(seed, device))
  }
  return [...owners.values()]
}

function generateOwner(seed: number, { owner, region, household }: DeviceSpec): SimulatedOwner {
  const name = `${seed}/owner ${owner}`
  const random = new Random(name)
  const home = findRegion(region)
  // Most leave the default, some sleep later, few want to hear everything at once.
  const [quietFrom, quietUntil] = random.pick(quietHours)
  return {
    name,
    id: owner,
    region,
    home: randomPointNear(home, random, homesSpreadKm),
    locale: random.chance(chineseShare) ? 'zh-CN' : 'en',
    timeZone: random.chance(foreignTimeZoneShare) ? random.pick(foreignTimeZones) : home.timeZone,
    quietFrom,
    quietUntil,
    wakeHour: household.wakeHour,
    sleepHour: random.between(22, 23.75),
    homeByDay: household.homeByDay,
    isHandy: household.tidy,
    isResponsive: random.chance(responsiveShare),
  }
}

const quietHours: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['22:00', '07:00'],
  ['22:00', '07:00'],
  ['22:00', '07:00'],
  ['21:00', '08:00'],
  ['23:30', '06:30'],
  ['00:00', '00:00'],
]
