import type { SimulatedOwner } from '../../../device-sim/people/owner.ts'
import { hourMs } from '../../../lib/time.ts'
import { isWithinHours, localTimeAt, parseTimeOfDay } from '../../../lib/zoned-time.ts'

/** A notice as it arrived on a phone. */
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
  /** Deliveries to owners; repeated ones are counted each time. */
  delivered: number
  /** Deliveries of notices that are not urgent within the quiet hours of their reader. */
  quietHoursViolations: number
  /** Deliveries of urgent notices within quiet hours, which are allowed. */
  urgentInQuietHours: number
  /** Deliveries of a notice after its first, and of equal texts to the same owner within a day. */
  duplicateNotices: number
}

/** A full dust bin gives equal texts again, but not on the same day. */
const duplicateWindowMs = 24 * hourMs

/**
 * Counts what owners' phones receive, independently of the desk: it knows the owners' time zones and settings,
 * and nothing of how the desk decides.
 */
export class NoticeAuditor {
  readonly #owners: ReadonlyMap<string, SimulatedOwner>
  readonly #notices = new Set<string>()
  readonly #lastOfWords = new Map<string, number>()
  readonly #observed: NoticeAudit = {
    delivered: 0,
    quietHoursViolations: 0,
    urgentInQuietHours: 0,
    duplicateNotices: 0,
  }

  constructor(owners: readonly SimulatedOwner[]) {
    this.#owners = new Map(owners.map((owner) => [owner.id, owner]))
  }

  /** Record a delivery. Notices to technicians and the dispatcher do not count. */
  record(delivery: PhoneDelivery): void {
    const owner = this.#owners.get(delivery.user)
    if (owner === undefined) return
    this.#observed.delivered++
    if (isInQuietHours(owner, delivery.at)) {
      if (delivery.urgent) this.#observed.urgentInQuietHours++
      else this.#observed.quietHoursViolations++
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
