import type { SimulatedOwner } from '../../../device-sim/people/owner.ts'
import { hourMs } from '../../../lib/time.ts'
import { isWithinHours, localTimeAt, parseTimeOfDay } from '../../../lib/zoned-time.ts'

/** A notice as it came to a phone. */
export interface PhoneDelivery {
  notice: string
  user: string
  title: string
  body: string
  urgent: boolean
  /** Simulated ms since 1970 UTC. */
  at: number
}

export interface NoticeAudit {
  /** To owners; each that came again counted again. */
  delivered: number
  /** Deliveries within their reader's quiet hours of what was not urgent. */
  quietHoursBroken: number
  /** Urgent ones within them, which is what urgent means. */
  urgentInQuietHours: number
  /** Deliveries of a notice beyond its first, and of the same words to the same owner within a day. */
  duplicateNotices: number
}

/** A full dust bin is the same words again, but not on the same day. */
const duplicateWindowMs = 24 * hourMs

/**
 * Watches what owners' phones get, and judges it by its own reckoning: it knows the owners' clocks and what they have set,
 * and nothing of how the desk decides.
 */
export class NoticeAuditor {
  readonly #owners: ReadonlyMap<string, SimulatedOwner>
  readonly #notices = new Set<string>()
  readonly #lastOfWords = new Map<string, number>()
  readonly #observed: NoticeAudit = {
    delivered: 0,
    quietHoursBroken: 0,
    urgentInQuietHours: 0,
    duplicateNotices: 0,
  }

  constructor(owners: readonly SimulatedOwner[]) {
    this.#owners = new Map(owners.map((owner) => [owner.id, owner]))
  }

  /** What is for technicians and the office does not count. */
  record(delivery: PhoneDelivery): void {
    const owner = this.#owners.get(delivery.user)
    if (owner === undefined) return
    this.#observed.delivered++
    if (isInQuietHours(owner, delivery.at)) {
      if (delivery.urgent) this.#observed.urgentInQuietHours++
      else this.#observed.quietHoursBroken++
    }
    if (this.#isDuplicate(delivery)) this.#observed.duplicateNotices++
  }

  get counts(): NoticeAudit {
    return { ...this.#observed }
  }

  #isDuplicate({ notice, user, title, body, at }: PhoneDelivery): boolean {
    const words = JSON.stringify([user, title, body])
    const last = this.#lastOfWords.get(words)
    const again = this.#notices.has(notice) || (last !== undefined && at - last < duplicateWindowMs)
    this.#notices.add(notice)
    this.#lastOfWords.set(words, at)
    return again
  }
}

function isInQuietHours({ timeZone, quietFrom, quietUntil }: SimulatedOwner, at: number): boolean {
  return isWithinHours(localTimeAt(at, timeZone).hour, parseTimeOfDay(quietFrom), parseTimeOfDay(quietUntil))
}
