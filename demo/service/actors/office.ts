import type { TicketCommand } from '../../../desk/tickets/command.ts'
import { firstMoment } from '../../../device-sim/people/local-time.ts'
import { agreedSlot, callOwner } from '../../../device-sim/people/phone-call.ts'
import { dayMs, hourMs, minuteMs } from '../../../lib/time.ts'
import { type Ticket, ticketsToDo, type World } from '../world.ts'
import { isPartReady, substituteFor } from './look-up.ts'

/** She dispatches, by her own clock, on weekdays and Saturdays. */
const dispatcher = { actor: 'dispatcher:anna', timeZone: 'Europe/Berlin', lastDay: 6 }
/** When she goes through the list, hours of the day. Our choice. */
const roundHours = [8.5, 11, 14, 17]
/** She calls an owner who has not booked a visit for so long. */
const callAfterMs = 5 * hourMs
/** She does not call again sooner: it is the morning, then the end of the afternoon. */
const callAgainMs = 8 * hourMs
/** Who was called in vain so often is left in peace: the ticket is cancelled. */
const mostCalls = 6
/** A visit is taken as missed so long after its time. */
const missedAfterMs = 30 * minuteMs
/** What has been over for so long, by itself or by its owner's hand, needs no visit. */
const overAfterMs = dayMs

/** The office of the service: a dispatcher who goes through her list of what is to be done. */
export class Office {
  readonly #world: World
  readonly #calls = new Map<string, { count: number; last: number }>()
  /** Tickets for which the desk finds nobody. */
  readonly #nobody = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  /** From now on she goes through her list four times a day. */
  open(from: number): void {
    const at = nextRound(from)
    if (at === undefined) return
    this.#world.agenda.add({
      at,
      act: async (now) => {
        for (const ticket of await ticketsToDo(this.#world.db)) await this.#see(ticket, now)
        this.open(now + 30 * minuteMs)
      },
    })
  }

  /** The desk says that it finds nobody to send. */
  hearOfNobody(ticket: string): void {
    this.#nobody.add(ticket)
  }

  async #see(ticket: Ticket, now: number): Promise<void> {
    const { work_state, condition, updated_at } = ticket
    if (work_state !== 'open' && work_state !== 'assigned') return
    if (condition === 'cleared' && now - updated_at.getTime() > overAfterMs) {
      await this.#order(ticket, { do: 'cancel' }, 'it is over', now)
    } else if (work_state === 'assigned') await this.#seeAssigned(ticket, now)
    else if (this.#nobody.has(ticket.id)) await this.#sendSomebody(ticket, now)
  }

  async #sendSomebody(ticket: Ticket, now: number): Promise<void> {
    const technician = await substituteFor(this.#world, ticket)
    if (technician === undefined) return
    const done = await this.#order(ticket, { do: 'assign', technician }, 'nobody else took it', now)
    if (done) this.#nobody.delete(ticket.id)
  }

  async #seeAssigned(ticket: Ticket, now: number): Promise<void> {
    // Nobody agrees on a visit for which the part is missing.
    if (!(await isPartReady(this.#world.db, ticket))) return
    const { visit_until, responded_at } = ticket
    if (visit_until !== null) {
      if (now > visit_until.getTime() + missedAfterMs) await this.#book(ticket, now)
      return
    }
    const waits = ticket.sla !== 'level1' && now - (responded_at?.getTime() ?? now) > callAfterMs
    if (waits) await this.#call(ticket, now)
  }

  async #call(ticket: Ticket, now: number): Promise<void> {
    const owner = this.#world.owners.get(ticket.owner_id ?? '')
    if (owner === undefined) return
    const { count, last } = this.#calls.get(ticket.id) ?? { count: 0, last: Number.NEGATIVE_INFINITY }
    if (now - last < callAgainMs) return
    const round = count + 1
    this.#calls.set(ticket.id, { count: round, last: now })
    const outcome = callOwner(owner, { ticket: ticket.id, round, at: now })
    if (outcome === 'agrees') await this.#book(ticket, now)
    else if (outcome === 'declines')
      await this.#order(ticket, { do: 'cancel' }, 'the owner wants no visit', now)
    else if (round >= mostCalls)
      await this.#order(ticket, { do: 'cancel' }, 'the owner cannot be reached', now)
    else if (ticket.waiting_since === null) {
      await this.#order(ticket, { do: 'wait_for_owner' }, 'not reached by telephone', now)
    }
  }

  async #book(ticket: Ticket, now: number): Promise<void> {
    const { owners, technicians } = this.#world
    const owner = owners.get(ticket.owner_id ?? '')
    const technician = technicians.get(ticket.technician_id ?? '')
    const slot = owner && technician && agreedSlot(owner, technician, now)
    if (slot !== undefined)
      await this.#order(ticket, { do: 'book_visit', ...slot }, 'agreed by telephone', now)
  }

  #order({ id }: Ticket, command: TicketCommand, reason: string, at: number): Promise<boolean> {
    return this.#world.commands.order({ ticket: id, actor: dispatcher.actor, reason, at, command })
  }
}

function nextRound(from: number): number | undefined {
  const { timeZone, lastDay } = dispatcher
  return firstMoment(
    timeZone,
    from,
    ({ isoDay, hour }) =>
      isoDay <= lastDay && roundHours.some((start) => hour >= start && hour < start + 0.25),
  )
}
