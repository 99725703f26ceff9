import { hourMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import { wallClock } from './local-time.ts'
import type { OwnerPerson } from './owner.ts'
import { type Experience, scoreOf } from './satisfaction.ts'

export interface Slot {
  /** ms since 1970 UTC. */
  from: number
  until: number
}

/** A notice as its reader sees it. */
export interface SeenNotice {
  id: string
  /** What it is about, e.g. `filter_service`. */
  about: string
  urgent: boolean
  /** What can be answered. */
  actions: readonly string[]
  /** Free times for a visit, where one can be booked. */
  slots: readonly Slot[]
  /** How often he has put it off. */
  putOff: number
  /** The repair that he is asked about. */
  experience?: Experience | undefined
}

export type Choice =
  | { do: 'nothing' }
  | { do: 'book'; slot: Slot }
  | { do: 'snooze'; ms: number }
  | { do: 'done_myself' }
  | { do: 'not_interested' }
  | { do: 'rate'; score: number }

/** Share of those who act on messages that also answer a question of one tap; in apps about a third of all do. */
const rateShare = 0.55
/** What those who act do with a notice of a fault, in this order; the rest does nothing. Our choice. */
const visitShares = { book: 0.72, snooze: 0.14, not_interested: 0.04 }
/** Handy owners do what is cleaning or a change of filters themselves, so often. Our choice. */
const selfShare = 0.6
/** Nobody does these himself: what has no such part in its name is for a technician. */
const easyWork = /filter|clean|brush|bin|seal/

/** What an owner answers to a notice that he has read. */
export function choose(owner: OwnerPerson, seen: SeenNotice): Choice {
  const random = new Random(owner.name, 'chooses', seen.id, seen.putOff)
  // Whose refrigerator is getting warm acts, whatever he does with other messages.
  if (!owner.answers && !seen.urgent) return nothing
  const { experience } = seen
  if (seen.actions.includes('rate')) {
    return experience !== undefined && random.chance(rateShare) ? rating(owner, experience) : nothing
  }
  return chooseWhatToDo(owner, seen, random)
}

function chooseWhatToDo(owner: OwnerPerson, seen: SeenNotice, random: Random): Choice {
  const may = (action: string) => seen.actions.includes(action)
  const easy = owner.handy && easyWork.test(seen.about)
  if (easy && may('done_myself') && random.chance(selfShare)) return { do: 'done_myself' }
  const drawn = random.uniform()
  const { book, snooze, not_interested } = visitShares
  if (drawn < book || seen.urgent) return may('book') ? bookingOf(owner, seen.slots, random) : nothing
  if (drawn < book + snooze) return may('snooze') && seen.putOff === 0 ? putOff(random) : nothing
  return drawn < book + snooze + not_interested && may('not_interested') ? { do: 'not_interested' } : nothing
}

const nothing: Choice = { do: 'nothing' }

function putOff(random: Random): Choice {
  return { do: 'snooze', ms: random.pick([4, 24, 72]) * hourMs }
}

function rating(owner: OwnerPerson, experience: Experience): Choice {
  return { do: 'rate', score: scoreOf(experience, new Random(owner.name, 'rates', experience.ticket)) }
}

/** The first slot that suits: who works by day waits for an evening or a Saturday, mostly. */
function bookingOf(owner: OwnerPerson, slots: readonly Slot[], random: Random): Choice {
  const suits = ({ from }: Slot) => {
    const { isoDay, hour } = wallClock(owner.timeZone, from)
    const free = owner.homeByDay || isoDay >= 6 || hour >= 16
    return random.chance(free ? 0.7 : 0.2)
  }
  const slot = slots.find(suits) ?? slots.at(-1)
  return slot === undefined ? nothing : { do: 'book', slot }
}
