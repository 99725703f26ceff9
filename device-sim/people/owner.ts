import type { DeviceSpec } from '../household.ts'
import { Random } from '../random.ts'
import { type Place, placeIn, regionOf } from './region.ts'

/** One who owns devices: where he lives, when he sleeps, and what he is like with messages. */
export interface OwnerPerson {
  /** Names his random streams, with the seed. */
  name: string
  id: string
  region: string
  home: Place
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
  handy: boolean
  /** Does something about what he reads; the others read, and leave it at that. */
  answers: boolean
}

/** Share of owners that act on service messages; of marketing far less, of "your appliance will fail" most. Our choice. */
const actShare = 0.75
/** Share of owners that read Chinese; enough that both languages are in use. Our choice. */
const chineseShare = 0.15
/** Share whose phone keeps the time of another part of the world, so that quiet hours are not the same for all. */
const abroadShare = 0.08
const abroad = ['America/New_York', 'Asia/Shanghai', 'Europe/London', 'Asia/Kolkata'] as const
/** Homes lie about the middle of their region: half of them within 14 km. Our choice: a city and its suburbs. */
const homesSpreadKm = 12

/** The owners of simulated devices, each once, in the order of their households. */
export function ownersOf(seed: number, devices: readonly DeviceSpec[]): OwnerPerson[] {
  const owners = new Map<string, OwnerPerson>()
  for (const device of devices) {
    if (!owners.has(device.owner)) owners.set(device.owner, ownerOf(seed, device))
  }
  return [...owners.values()]
}

function ownerOf(seed: number, { owner, region, household }: DeviceSpec): OwnerPerson {
  const name = `${seed}/owner ${owner}`
  const random = new Random(name)
  const home = regionOf(region)
  // Most leave the default, some sleep later, few want to hear everything at once.
  const [quietFrom, quietUntil] = random.pick(quietHours)
  return {
    name,
    id: owner,
    region,
    home: placeIn(home, random, homesSpreadKm),
    locale: random.chance(chineseShare) ? 'zh-CN' : 'en',
    timeZone: random.chance(abroadShare) ? random.pick(abroad) : home.timeZone,
    quietFrom,
    quietUntil,
    wakeHour: household.wakeHour,
    sleepHour: random.between(22, 23.75),
    homeByDay: household.homeByDay,
    handy: household.tidy,
    answers: random.chance(actShare),
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
