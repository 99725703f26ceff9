import { minuteMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import { findNextTime } from './local-time.ts'
import { distanceKm, type GeoPoint } from './region.ts'
import { isOnShift, type SimulatedTechnician } from './technician.ts'

/** A job that is offered to a technician; `attempt` counts the offers to the same person. */
export interface JobOffer {
  ticket: string
  attempt: number
  /** ms */
  at: number
  home: GeoPoint
  urgent: boolean
}

export type OfferResponse =
  | { answer: 'accepted'; at: number }
  | { answer: 'declined'; at: number; reason: string }
  /** Not seen, or not answered. */
  | { answer: 'none' }

/** During working hours a technician looks at the phone between two jobs. Our choice. */
const meanAnswerMs = 8 * minuteMs
/** Never answered: phone without charge, in a cellar, forgotten. Our choice. */
const noResponseShare = 0.05
/** Declined for reasons that the desk cannot know. Our choice. */
const declineShare = 0.06
/** Beyond this distance some decline, beyond the next all do. Our choice. */
const farKm = 35
const farDeclineShare = 0.4
const tooFarKm = 120
const reasons = ['my day is full', 'I do not know this model well', 'my van is in the garage'] as const

/** Return what a technician answers to an offer, and when: outside working hours it is seen when they begin. */
export function respondToOffer(technician: SimulatedTechnician, offered: JobOffer): OfferResponse {
  const random = new Random(technician.name, 'offer', offered.ticket, offered.attempt)
  const delayMs = random.exponential(meanAnswerMs)
  const seen = nextWorkingTime(technician, offered.at, offered.urgent)
  if (random.chance(noResponseShare) || seen === undefined) return { answer: 'none' }
  const at = Math.round(seen + delayMs)
  const km = distanceKm(technician.home, offered.home)
  if (km > tooFarKm || (km > farKm && random.chance(farDeclineShare))) {
    return { answer: 'declined', at, reason: `${Math.round(km)} km are too far for me` }
  }
  return random.chance(declineShare)
    ? { answer: 'declined', at, reason: random.pick(reasons) }
    : { answer: 'accepted', at }
}

/** Return the next time at work; urgent offers also ring in the two hours before and after the shift. */
function nextWorkingTime(technician: SimulatedTechnician, at: number, urgent: boolean): number | undefined {
  return findNextTime(technician.timeZone, at, (clock) => isOnShift(technician, clock, urgent ? 2 : 0))
}
