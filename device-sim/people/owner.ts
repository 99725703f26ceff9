import type { DeviceSpec } from '../household.ts'
import { Random } from '../random.ts'
import { findRegion, type GeoPoint, randomPointNear } from './region.ts'

/** An owner of devices: place of living, hours of sleep, and habits with messages. */
export interface SimulatedOwner {
  /** Name of their random streams, with the seed. */
  name: string
  id: string
  region: string
  home: GeoPoint
  locale: 'en' | 'zh-CN'
  /** IANA name. */
  timeZone: string
  /** Their setting: between these hours only urgent notices. `22:00`. */
  quietFrom: string
  quietUntil: string
  /** Hours at which they get up and go to bed, local time. */
  wakeHour: number
  sleepHour: number
  homeByDay: boolean
  /** Cleans things without calling a technician. */
  isHandy: boolean
  /** Acts on what they read; the others only read. */
  isResponsive: boolean
}

/** Share of owners that act on service messages; fewer act on marketing, most on "your appliance will fail". Our choice. */
const responsiveShare = 0.75
/** Share of owners that read Chinese; enough to use both languages. Our choice. */
const chineseShare = 0.15
/** Share whose phone has the time zone of another part of the world, so that quiet hours differ. */
const foreignTimeZoneShare = 0.08
const foreignTimeZones = ['America/New_York', 'Asia/Shanghai', 'Europe/London', 'Asia/Kolkata'] as const
/** Spread of homes around the middle of their region: half of them within 14 km. Our choice: a city and its suburbs. */
const homesSpreadKm = 12

/** Generate the owners of simulated devices, each once, in the order of their households. */
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
  // Most keep the default, some sleep later, few want every notice at once.
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
