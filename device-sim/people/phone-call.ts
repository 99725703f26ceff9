import { dayMs, hourMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import type { Slot } from './choosing.ts'
import { firstMoment, isWithin, type WallClock, wallClock } from './local-time.ts'
import type { OwnerPerson } from './owner.ts'
import { isAtWork, type TechnicianPerson } from './staff.ts'

/** A call from the office to an owner whom no message has moved; `round` counts them. */
export interface PhoneCall {
  ticket: string
  round: number
  at: number
}

/** Share of calls that are answered: more where somebody is at home by day. Our choice. */
const reachedShare = 0.45
const reachedAtHomeShare = 0.7
/** Who is reached agrees on a visit, so often; else he does not want one. Our choice. */
const agreesShare = 0.93

export type CallOutcome = 'not_reached' | 'agrees' | 'declines'

export function callOwner(owner: OwnerPerson, { ticket, round, at }: PhoneCall): CallOutcome {
  const random = new Random(owner.name, 'phone', ticket, round)
  const awake = isWithin(wallClock(owner.timeZone, at).hour, owner.wakeHour, owner.sleepHour)
  if (!awake || !random.chance(owner.homeByDay ? reachedAtHomeShare : reachedShare)) return 'not_reached'
  return random.chance(agreesShare) ? 'agrees' : 'declines'
}

const visitMs = 2 * hourMs
/** Nobody agrees on a time that is nearer than this. */
const soonestMs = 3 * hourMs

/** The time that office and owner agree on: within the technician's hours, by the owner's clock when he can be at home. */
export function agreedSlot(owner: OwnerPerson, technician: TechnicianPerson, at: number): Slot | undefined {
  const { timeZone } = technician
  // He has to be through with it before his shift ends.
  const works = (clock: WallClock) =>
    isAtWork(technician, clock) && isAtWork(technician, { ...clock, hour: clock.hour + visitMs / hourMs })
  const atHome = (moment: number) => {
    const { isoDay, hour } = wallClock(owner.timeZone, moment)
    return owner.homeByDay || isoDay >= 6 || hour >= 15.5 || hour < 9
  }
  let from = firstMoment(timeZone, at + soonestMs, works)
  const latest = at + 3 * dayMs
  while (from !== undefined && from < latest && !atHome(from))
    from = firstMoment(timeZone, from + hourMs, works)
  return from === undefined ? undefined : { from, until: from + visitMs }
}
