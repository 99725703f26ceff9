import { dayMs, hourMs, minuteMs } from '../../device-sim/calendar.ts'
import { firstMoment } from '../../device-sim/people/local-time.ts'
import { agreedSlot, callOwner } from '../../device-sim/people/phone-call.ts'
import { deliveryOf, type Shortage } from '../../device-sim/people/stores.ts'
import { type Ticket, ticketsToDo, type World } from './world.ts'

/** She dispatches, by her own clock, on weekdays and Saturdays. */
const dispatcher = { actor: 'dispatcher:anna', timeZone: 'Europe/Berlin' }
/** When she goes through the list, hours of the day. Our choice. */
const roundHours = [8.5, 11, 14, 17]
/** She calls an owner who has not booked a visit for so long. */
const callAfterMs = 5 * hourMs
/** Who was called in vain so often is left in peace: the ticket is cancelled. */
const mostCalls = 5
/** A visit is taken as missed so long after its time. */
const missedAfterMs = 30 * minuteMs
/** What has been over for so long, by itself or by its owner's hand, needs no visit. */
const overAfterMs = dayMs
/** A repair that nobody complains of for so long is closed. */
const closeAfterMs = 3 * dayMs

/** The office of the service: a dispatcher who goes through her list, and a buyer. */
export class Office {
  readonly #world: World
  readonly #calls = new Map<string, number>()

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

  /** The buyer orders what has run low; it comes days later. */
  order(shortage: Shortage): void {
    const { agenda, commands, seed } = this.#world
    const { at, quantity } = deliveryOf(seed, shortage)
    const { depot, part } = shortage
    agenda.add({ at, act: (now) => commands.receive({ depot, part, quantity, at: now }) })
  }

  async #see(ticket: Ticket, now: number): Promise<void> {
    const { work_state, condition, resolved_at, updated_at } = ticket
    if (work_state === 'resolved') {
      if (now - (resolved_at?.getTime() ?? now) > closeAfterMs) await this.#order(ticket, 'close', now)
      return
    }
    if (work_state !== 'open' && work_state !== 'assigned') return
    if (condition === 'cleared' && now - updated_at.getTime() > overAfterMs) {
      await this.#order(ticket, 'cancel', now)
    } else if (work_state === 'assigned') await this.#seeAssigned(ticket, now)
  }

  async #seeAssigned(ticket: Ticket, now: number): Promise<void> {
    const { visit_until, responded_at } = ticket
    if (visit_until !== null) {
      if (now > visit_until.getTime() + missedAfterMs) await this.#book(ticket, now)
      return
    }
    if (ticket.sla !== 'level1' && now - (responded_at?.getTime() ?? now) > callAfterMs)
      await this.#call(ticket, now)
  }

  async #call(ticket: Ticket, now: number): Promise<void> {
    const owner = this.#world.owners.get(ticket.owner_id ?? '')
    if (owner === undefined) return
    const round = (this.#calls.get(ticket.id) ?? 0) + 1
    this.#calls.set(ticket.id, round)
    const outcome = callOwner(owner, { ticket: ticket.id, round, at: now })
    if (outcome === 'agrees') return this.#book(ticket, now)
    if (outcome === 'declines' || round >= mostCalls) return this.#order(ticket, 'cancel', now)
    if (ticket.waiting_since === null) await this.#order(ticket, 'wait_for_owner', now)
  }

  async #book(ticket: Ticket, now: number): Promise<void> {
    const { commands, owners, technicians } = this.#world
    const owner = owners.get(ticket.owner_id ?? '')
    const technician = technicians.get(ticket.technician_id ?? '')
    const slot = owner && technician && agreedSlot(owner, technician, now)
    if (slot === undefined) return
    const order = { ticket: ticket.id, actor: dispatcher.actor, reason: 'agreed by telephone', at: now }
    await commands.order({ ...order, command: { do: 'book_visit', ...slot } })
  }

  async #order(ticket: Ticket, what: 'close' | 'cancel' | 'wait_for_owner', now: number): Promise<void> {
    const order = { ticket: ticket.id, actor: dispatcher.actor, reason: reasons[what], at: now }
    await this.#world.commands.order({ ...order, command: { do: what } })
  }
}

const reasons = {
  close: 'nobody complained',
  cancel: 'over, or not wanted',
  wait_for_owner: 'not reached by telephone',
}

function nextRound(from: number): number | undefined {
  return firstMoment(
    dispatcher.timeZone,
    from,
    ({ isoDay, hour }) => isoDay <= 6 && roundHours.some((start) => hour >= start && hour < start + 0.25),
  )
}
