import { Random } from '../random.ts'
import { hoursOf, isWithin, type WallClock } from './local-time.ts'
import { type Place, placeIn, regionOf } from './region.ts'

/** Hours of work by the technician's own clock: ISO days (1 is Monday), `08:00`. */
interface WorkingHours {
  days: number[]
  from: string
  until: string
}

/** One who repairs appliances: where he lives, when he works, what he can do, and what he is like. */
export interface TechnicianPerson {
  /** Names his random streams, with the seed. */
  name: string
  id: string
  region: string
  home: Place
  timeZone: string
  hours: WorkingHours[]
  visitsADay: number
  skills: readonly string[]
  /** The depot that travels with him. */
  van: string
  /** 1 is the usual care: less of it, more visits that do not mend what is broken. */
  care: number
}

interface Post {
  name: string
  skills: readonly string[]
  hours: WorkingHours[]
  visitsADay: number
}

const whiteGoods = ['cooling', 'cleaning', 'plumbing', 'mechanics', 'drives'] as const
const electrics = ['power', 'electronics', 'drives', 'cleaning'] as const
const vehicles = ['vehicle_electrics', 'high_voltage', 'power', 'electronics'] as const

/**
 * A crew for one region: appliances and electrics each early and late in the week, so that every day has somebody for
 * each trade, cars on weekdays, and one on call for what cannot wait. Our choice; it is the smallest crew that leaves no
 * trade without a second pair of hands.
 */
const crew: readonly Post[] = [
  {
    name: 'early-appliances',
    skills: whiteGoods,
    hours: week([1, 2, 3, 4, 5], '07:30', '16:30'),
    visitsADay: 6,
  },
  {
    name: 'late-appliances',
    skills: whiteGoods,
    hours: week([2, 3, 4, 5, 6, 7], '10:30', '19:30'),
    visitsADay: 6,
  },
  {
    name: 'early-electrics',
    skills: electrics,
    hours: week([1, 2, 3, 4, 5], '08:00', '17:00'),
    visitsADay: 6,
  },
  {
    name: 'late-electrics',
    skills: electrics,
    hours: week([3, 4, 5, 6, 7], '11:00', '20:00'),
    visitsADay: 6,
  },
  { name: 'vehicles', skills: vehicles, hours: week([1, 2, 3, 4, 5, 6], '08:00', '17:30'), visitsADay: 5 },
  {
    name: 'on-call',
    skills: [...whiteGoods, 'power', 'electronics', 'vehicle_electrics'],
    hours: week([1, 2, 3, 4, 5, 6, 7], '06:00', '22:00'),
    visitsADay: 3,
  },
]

/** Technicians live nearer to the middle of their region than owners. Our choice. */
const homesSpreadKm = 8

/** The technicians of some regions, one crew each. */
export function staffOf(seed: number, regions: readonly string[]): TechnicianPerson[] {
  return [...new Set(regions)]
    .sort()
    .flatMap((region) => crew.map((post) => technicianOf(seed, region, post)))
}

/** Whether he works at such a time, by his own clock; `stretchHours` more at both ends. */
export function isAtWork(
  { hours }: TechnicianPerson,
  { isoDay, hour }: WallClock,
  stretchHours = 0,
): boolean {
  return hours.some(
    ({ days, from, until }) =>
      days.includes(isoDay) && isWithin(hour, hoursOf(from) - stretchHours, hoursOf(until) + stretchHours),
  )
}

function technicianOf(seed: number, region: string, post: Post): TechnicianPerson {
  const id = `t-${region.toLowerCase()}-${post.name}`
  const name = `${seed}/technician ${id}`
  const random = new Random(name)
  const { timeZone, ...middle } = regionOf(region)
  return {
    name,
    id,
    region,
    home: placeIn(middle, random, homesSpreadKm),
    timeZone,
    hours: post.hours,
    visitsADay: post.visitsADay,
    skills: post.skills,
    van: `van-${region.toLowerCase()}-${post.name}`,
    care: random.scatter(0.3),
  }
}

function week(days: number[], from: string, until: string): WorkingHours[] {
  return [{ days, from, until }]
}
