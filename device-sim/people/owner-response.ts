import { hourMs } from '../../lib/time.ts'
import { localTimeAt } from '../../lib/zoned-time.ts'
import { Random } from '../random.ts'
import type { SimulatedOwner } from './owner.ts'
import { type ServiceExperience, satisfactionScore } from './satisfaction.ts'

export interface VisitSlot {
  /** ms since 1970 UTC. */
  from: number
  until: number
}

/** A notice as its reader sees it. */
export interface ReadNotice {
  id: string
  /** Type of the notice, e.g. `filter_service`. */
  noticeType: string
  urgent: boolean
  /** Possible answers. */
  actions: readonly string[]
  /** Free times for a visit, when one can be booked. */
  slots: readonly VisitSlot[]
  /** Number of times that it was snoozed. */
  snoozeCount: number
  /** The repair that the notice asks about. */
  experience?: ServiceExperience | undefined
}

export type OwnerResponse =
  | { do: 'nothing' }
  | { do: 'book'; slot: VisitSlot }
  | { do: 'snooze'; ms: number }
  | { do: 'done_myself' }
  | { do: 'not_interested' }
  | { do: 'rate'; score: number }

/** Share of those who act on messages that also answer a one-tap question; in apps about a third of all do. */
const rateShare = 0.55
/** What people who act do with a notice of a fault, in this order; the rest does nothing. Our choice. */
const responseShares = { book: 0.72, snooze: 0.14, not_interested: 0.04 }
/** Share of cleaning or filter changes that handy owners do themselves. Our choice. */
const selfServiceShare = 0.6
/** Work that owners can do; without such a part in its name it needs a technician. */
const selfServiceWork = /filter|clean|brush|bin|seal/

/** Choose the response of an owner to a notice that they have read. */
export function chooseResponse(owner: SimulatedOwner, seen: ReadNotice): OwnerResponse {
  const random = new Random(owner.name, 'chooses', seen.id, seen.snoozeCount)
  // With a refrigerator getting warm, people act even if they ignore other messages.
  if (!owner.isResponsive && !seen.urgent) return noResponse
  const { experience } = seen
  if (seen.actions.includes('rate')) {
    return experience !== undefined && random.chance(rateShare)
      ? ratingResponse(owner, experience)
      : noResponse
  }
  return chooseServiceAction(owner, seen, random)
}

function chooseServiceAction(owner: SimulatedOwner, seen: ReadNotice, random: Random): OwnerResponse {
  const may = (action: string) => seen.actions.includes(action)
  const easy = owner.isHandy && selfServiceWork.test(seen.noticeType)
  if (easy && may('done_myself') && random.chance(selfServiceShare)) return { do: 'done_myself' }
  const drawn = random.uniform()
  const { book, snooze, not_interested } = responseShares
  if (drawn < book || seen.urgent)
    return may('book') ? bookingResponse(owner, seen.slots, random) : noResponse
  if (drawn < book + snooze)
    return may('snooze') && seen.snoozeCount === 0 ? snoozeResponse(random) : noResponse
  return drawn < book + snooze + not_interested && may('not_interested')
    ? { do: 'not_interested' }
    : noResponse
}

const noResponse: OwnerResponse = { do: 'nothing' }

function snoozeResponse(random: Random): OwnerResponse {
  return { do: 'snooze', ms: random.pick([4, 24, 72]) * hourMs }
}

function ratingResponse(owner: SimulatedOwner, experience: ServiceExperience): OwnerResponse {
  return {
    do: 'rate',
    score: satisfactionScore(experience, new Random(owner.name, 'rates', experience.ticket)),
  }
}

/** Book the first slot that suits: people who work during the day mostly wait for an evening or a Saturday. */
function bookingResponse(owner: SimulatedOwner, slots: readonly VisitSlot[], random: Random): OwnerResponse {
  const suits = ({ from }: VisitSlot) => {
    const { isoDay, hour } = localTimeAt(from, owner.timeZone)
    const free = owner.homeByDay || isoDay >= 6 || hour >= 16
    return random.chance(free ? 0.7 : 0.2)
  }
  const slot = slots.find(suits) ?? slots.at(-1)
  return slot === undefined ? noResponse : { do: 'book', slot }
}
