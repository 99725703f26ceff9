import { isWithinHours, type LocalTime, parseTimeOfDay } from '../../lib/zoned-time.ts'
import { Random } from '../random.ts'
import { findRegion, type GeoPoint, randomPointNear } from './region.ts'

/** Working hours in the technician's local time: ISO days (1 is Monday), `08:00`. */
interface WorkingHours {
  days: number[]
  from: string
  until: string
}

/** A technician: place of living, working hours, skills, and reliability. */
export interface SimulatedTechnician {
  /** Name of their random streams, with the seed. */
  name: string
  id: string
  region: string
  home: GeoPoint
  timeZone: string
  hours: WorkingHours[]
  maxVisitsPerDay: number
  skills: readonly string[]
  /** The stock location of their van. */
  vanId: string
  /** Multiplies the shares of return visits and failed repairs; 1 is usual. */
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
 * The crew of one region: appliances and electrics each early and late in the week, so that every day has somebody for
 * each trade, cars on weekdays, and one on call for emergencies. Our choice; it is the smallest crew that leaves no
 * trade without a substitute.
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

/** Generate the technicians of some regions, one crew each. */
export function generateTechnicians(seed: number, regions: readonly string[]): SimulatedTechnician[] {
  return [...new Set(regions)]
    .sort()
    .flatMap((region) => regionalCrew.map((post) => generateTechnician(seed, region, post)))
}

/** Is the technician at work at a time, in local time? `stretchHours` extends both ends. */
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
