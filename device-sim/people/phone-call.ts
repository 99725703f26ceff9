import { dayMs, hourMs } from '../../lib/time.ts'
import { isWithinHours, type LocalTime, localTimeAt } from '../../lib/zoned-time.ts'
import { Random } from '../random.ts'
import { findNextTime } from './local-time.ts'
import type { SimulatedOwner } from './owner.ts'
import type { VisitSlot } from './owner-response.ts'
import { isOnShift, type SimulatedTechnician } from './technician.ts'

/** A call by the dispatcher to an owner who has not answered messages; `attempt` counts the calls. */
export interface PhoneCall {
  ticket: string
  attempt: number
  at: number
}

/** Share of calls that are answered: more when somebody is at home during the day. Our choice. */
const reachedShare = 0.45
const reachedAtHomeShare = 0.7
/** Share of reached owners who agree on a visit; the others decline it. Our choice. */
const agreesShare = 0.93

export type CallOutcome = 'not_reached' | 'agrees' | 'declines'

export function simulateCall(owner: SimulatedOwner, { ticket, attempt, at }: PhoneCall): CallOutcome {
  const random = new Random(owner.name, 'phone', ticket, attempt)
  const awake = isWithinHours(localTimeAt(at, owner.timeZone).hour, owner.wakeHour, owner.sleepHour)
  if (!awake || !random.chance(owner.homeByDay ? reachedAtHomeShare : reachedShare)) return 'not_reached'
  return random.chance(agreesShare) ? 'agrees' : 'declines'
}

const visitMs = 2 * hourMs
/** Minimum time before an agreed visit. */
const minLeadTimeMs = 3 * hourMs

/** Return a time for both: within the technician's hours, and when the owner can be at home, local time. */
export function agreeVisitSlot(
  owner: SimulatedOwner,
  technician: SimulatedTechnician,
  at: number,
): VisitSlot | undefined {
  const { timeZone } = technician
  // The technician has to finish before the end of the shift.
  const works = (clock: LocalTime) =>
    isOnShift(technician, clock) && isOnShift(technician, { ...clock, hour: clock.hour + visitMs / hourMs })
  const atHome = (moment: number) => {
    const { isoDay, hour } = localTimeAt(moment, owner.timeZone)
    return owner.homeByDay || isoDay >= 6 || hour >= 15.5 || hour < 9
  }
  let from = findNextTime(timeZone, at + minLeadTimeMs, works)
  const latest = at + 3 * dayMs
  while (from !== undefined && from < latest && !atHome(from))
    from = findNextTime(timeZone, from + hourMs, works)
  return from === undefined ? undefined : { from, until: from + visitMs }
}
