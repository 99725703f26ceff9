import { isWithinHours, type LocalTime, parseTimeOfDay } from '../../lib/zoned-time.ts'
import { Random } from '../random.ts'
import { findRegion, type GeoPoint, randomPointNear } from './region.ts'

/** Hours of work by the technician's own clock: ISO days (1 is Monday), `08:00`. */
interface WorkingHours {
  days: number[]
  from: string
  until: string
}

/** One who repairs appliances: where he lives, when he works, what he can do, and what he is like. */
export interface SimulatedTechnician {
  /** Names his random streams, with the seed. */
  name: string
  id: string
  region: string
  home: GeoPoint
  timeZone: string
  hours: WorkingHours[]
  maxVisitsPerDay: number
  skills: readonly string[]
  /** The depot that travels with him. */
  vanId: string
  /** 1 is the usual care: less of it, more visits that do not mend what is broken. */
  errorFactor: number
}

interface StaffPosition {
  name: string
  skills: readonly string[]
  hours: WorkingHours[]
  maxVisitsPerDay: number
}

const whiteGoods = ['cooling', 'cleaning', 'plumbing', 'mechanics', 'drives'] as const
const electrics = ['power', 'electronics', 'drives', 'cleaning'] as const
const vehicles = ['vehicle_electrics', 'high_voltage', 'power', 'electronics'] as const

/**
 * A crew for one region: appliances and electrics each early and late in the week, so that every day has somebody for
 * each trade, cars on weekdays, and one on call for what cannot wait. Our choice; it is the smallest crew that leaves no
 * trade without a second pair of hands.
 */
const regionalCrew: readonly StaffPosition[] = [
  {
    name: 'early-appliances',
    skills: whiteGoods,
    hours: weeklyHours([1, 2, 3, 4, 5], '07:30', '16:30'),
    maxVisitsPerDay: 6,
  },
  {
    name: 'late-appliances',
    skills: whiteGoods,
    hours: weeklyHours([2, 3, 4, 5, 6, 7], '10:30', '19:30'),
    maxVisitsPerDay: 6,
  },
  {
    name: 'early-electrics',
    skills: electrics,
    hours: weeklyHours([1, 2, 3, 4, 5], '08:00', '17:00'),
    maxVisitsPerDay: 6,
  },
  {
    name: 'late-electrics',
    skills: electrics,
    hours: weeklyHours([3, 4, 5, 6, 7], '11:00', '20:00'),
    maxVisitsPerDay: 6,
  },
  {
    name: 'vehicles',
    skills: vehicles,
    hours: weeklyHours([1, 2, 3, 4, 5, 6], '08:00', '17:30'),
    maxVisitsPerDay: 5,
  },
  {
    name: 'on-call',
    skills: [...whiteGoods, 'power', 'electronics', 'vehicle_electrics'],
    hours: weeklyHours([1, 2, 3, 4, 5, 6, 7], '06:00', '22:00'),
    maxVisitsPerDay: 3,
  },
]

/** Technicians live nearer to the middle of their region than owners. Our choice. */
const homesSpreadKm = 8

/** The technicians of some regions, one crew each. */
export function generateTechnicians(seed: number, regions: readonly string[]): SimulatedTechnician[] {
  return [...new Set(regions)]
    .sort()
    .flatMap((region) => regionalCrew.map((post) => generateTechnician(seed, region, post)))
}

/** Whether he works at such a time, by his own clock; `stretchHours` more at both ends. */
export function isOnShift(
  { hours }: SimulatedTechnician,
  { isoDay, hour }: LocalTime,
  stretchHours = 0,
): boolean {
  return hours.some(
    ({ days, from, until }) =>
      days.includes(isoDay) &&
      isWithinHours(hour, parseTimeOfDay(from) - stretchHours, parseTimeOfDay(until) + stretchHours),
  )
}

function generateTechnician(seed: number, region: string, post: StaffPosition): SimulatedTechnician {
  const id = `t-${region.toLowerCase()}-${post.name}`
  const name = `${seed}/technician ${id}`
  const random = new Random(name)
  const { timeZone, ...middle } = findRegion(region)
  return {
    name,
    id,
    region,
    home: randomPointNear(middle, random, homesSpreadKm),
    timeZone,
    hours: post.hours,
    maxVisitsPerDay: post.maxVisitsPerDay,
    skills: post.skills,
    vanId: `van-${region.toLowerCase()}-${post.name}`,
    errorFactor: random.lognormal(0.3),
  }
}

function weeklyHours(days: number[], from: string, until: string): WorkingHours[] {
  return [{ days, from, until }]
}
