import { hourMs, minuteMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import { distanceKm, type GeoPoint } from './region.ts'
import type { SimulatedTechnician } from './technician.ts'

/** A visit to an owner's home; `attempt` counts the visits of a ticket. */
export interface PlannedVisit {
  ticket: string
  attempt: number
  /** Agreed time of arrival, ms. */
  from: number
  home: GeoPoint
}

export type VisitTravel =
  | { came: 'early' | 'in_time' | 'late'; departAt: number; arriveAt: number }
  /** No arrival and no message: sick, or the previous job took all day. */
  | { came: 'not' }

/** Travel speed within a city, including doors. Our choice. */
const kmPerHour = 30
const parkingMs = 8 * minuteMs
/** Our choices: one in fifty visits does not happen, one in ten begins well before, one in fourteen hours after its time. */
const noShowShare = 0.02
const earlyShare = 0.1
const lateShare = 0.07
/** Standard deviation of all other arrivals. */
const usualSpreadMs = 9 * minuteMs

/** Simulate how a technician arrives at a visit. */
export function simulateTravel(technician: SimulatedTechnician, visit: PlannedVisit): VisitTravel {
  const random = new Random(technician.name, 'visit', visit.ticket, visit.attempt)
  const drawn = random.uniform()
  if (drawn < noShowShare) return { came: 'not' }
  const rideMs =
    (distanceKm(technician.home, visit.home) / kmPerHour) * hourMs * random.lognormal(0.2) + parkingMs
  const arriveAt = Math.round(visit.from + arrivalOffsetMs(drawn - noShowShare, random))
  const came =
    arriveAt < visit.from - 15 * minuteMs
      ? 'early'
      : arriveAt > visit.from + 15 * minuteMs
        ? 'late'
        : 'in_time'
  return { came, departAt: Math.round(arriveAt - rideMs), arriveAt }
}

function arrivalOffsetMs(drawn: number, random: Random): number {
  if (drawn < earlyShare) return -random.between(15, 40) * minuteMs
  if (drawn < earlyShare + lateShare) return random.between(0.5, 3) * hourMs
  return usualSpreadMs * random.normal()
}
