import type { TicketCommand } from '../../../desk/tickets/command.ts'
import { findNextTime } from '../../../device-sim/people/local-time.ts'
import { agreeVisitSlot, simulateCall } from '../../../device-sim/people/phone-call.ts'
import { dayMs, hourMs, minuteMs } from '../../../lib/time.ts'
import { listOpenTickets, type ServiceContext, type TicketWithOwner } from '../context.ts'
import { findSubstituteTechnician, isPartReserved } from './dispatch-queries.ts'

/** Works on weekdays and Saturdays, local time. */
const dispatcherProfile = { actor: 'dispatcher:anna', timeZone: 'Europe/Berlin', lastDay: 6 }
/** Hours of the day at which the dispatcher reviews the open tickets. Our choice. */
const reviewHours = [8.5, 11, 14, 17]
/** Time without a booked visit after which the owner is called. */
const callAfterMs = 5 * hourMs
/** Minimum time between two calls: in the morning, then at the end of the afternoon. */
const callRetryMs = 8 * hourMs
/** Calls without success after which the ticket is cancelled. */
const maxCalls = 6
/** Time after which a visit counts as missed. */
const missedAfterMs = 30 * minuteMs
/** A ticket whose condition cleared this long ago needs no visit. */
const clearedGraceMs = dayMs

/** A dispatcher who reviews the open tickets. */
export class Dispatcher {
  readonly #context: ServiceContext
  readonly #calls = new Map<string, { count: number; last: number }>()
  /** Tickets for which the desk finds no technician. */
  readonly #unassignable = new Set<string>()

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** Start the reviews, four times a day. */
  start(from: number): void {
    const at = nextReviewAt(from)
    if (at === undefined) return
    this.#context.queue.schedule({
      at,
      run: async (now) => {
        for (const ticket of await listOpenTickets(this.#context.db)) await this.#review(ticket, now)
        this.start(now + 30 * minuteMs)
      },
    })
  }

  /** Record that the desk finds no technician for a ticket. */
  markUnassignable(ticket: string): void {
    this.#unassignable.add(ticket)
  }

  async #review(ticket: TicketWithOwner, now: number): Promise<void> {
    const { work_state, condition, updated_at } = ticket
    if (work_state !== 'open' && work_state !== 'assigned') return
    if (condition === 'cleared' && now - updated_at.getTime() > clearedGraceMs) {
      await this.#order(ticket, { do: 'cancel' }, 'it is over', now)
    } else if (work_state === 'assigned') await this.#reviewAssigned(ticket, now)
    else if (this.#unassignable.has(ticket.id)) await this.#assignSubstitute(ticket, now)
  }

  async #assignSubstitute(ticket: TicketWithOwner, now: number): Promise<void> {
    const technician = await findSubstituteTechnician(this.#context, ticket)
    if (technician === undefined) return
    const done = await this.#order(ticket, { do: 'assign', technician }, 'no other technician took it', now)
    if (done) this.#unassignable.delete(ticket.id)
  }

  async #reviewAssigned(ticket: TicketWithOwner, now: number): Promise<void> {
    // Without the part a visit makes no sense.
    if (!(await isPartReserved(this.#context.db, ticket))) return
    const { visit_until, responded_at } = ticket
    if (visit_until !== null) {
      if (now > visit_until.getTime() + missedAfterMs) await this.#book(ticket, now)
      return
    }
    const waits = ticket.sla !== 'level1' && now - (responded_at?.getTime() ?? now) > callAfterMs
    if (waits) await this.#call(ticket, now)
  }

  async #call(ticket: TicketWithOwner, now: number): Promise<void> {
    const owner = this.#context.owners.get(ticket.owner_id ?? '')
    if (owner === undefined) return
    const { count, last } = this.#calls.get(ticket.id) ?? { count: 0, last: Number.NEGATIVE_INFINITY }
    if (now - last < callRetryMs) return
    const round = count + 1
    this.#calls.set(ticket.id, { count: round, last: now })
    const outcome = simulateCall(owner, { ticket: ticket.id, attempt: round, at: now })
    if (outcome === 'agrees') await this.#book(ticket, now)
    else if (outcome === 'declines')
      await this.#order(ticket, { do: 'cancel' }, 'the owner wants no visit', now)
    else if (round >= maxCalls)
      await this.#order(ticket, { do: 'cancel' }, 'the owner cannot be reached', now)
    else if (ticket.waiting_since === null) {
      await this.#order(ticket, { do: 'wait_for_owner' }, 'not reached by telephone', now)
    }
  }

  async #book(ticket: TicketWithOwner, now: number): Promise<void> {
    const { owners, technicians } = this.#context
    const owner = owners.get(ticket.owner_id ?? '')
    const technician = technicians.get(ticket.technician_id ?? '')
    const slot = owner && technician && agreeVisitSlot(owner, technician, now)
    if (slot !== undefined)
      await this.#order(ticket, { do: 'book_visit', ...slot }, 'agreed by telephone', now)
  }

  #order({ id }: TicketWithOwner, command: TicketCommand, reason: string, at: number): Promise<boolean> {
    return this.#context.commands.execute({ ticket: id, actor: dispatcherProfile.actor, reason, at, command })
  }
}

function nextReviewAt(from: number): number | undefined {
  const { timeZone, lastDay } = dispatcherProfile
  return findNextTime(
    timeZone,
    from,
    ({ isoDay, hour }) =>
      isoDay <= lastDay && reviewHours.some((start) => hour >= start && hour < start + 0.25),
  )
}
