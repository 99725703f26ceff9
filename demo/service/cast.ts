import type { Finding } from '../../contract/finding.ts'
import { type DeskEvent, type DeskEventCursor, readDeskEvents } from '../../desk/desk-events.ts'
import { partKey } from '../../desk/tickets/part.ts'
import { answerOffer as decide } from '../../device-sim/people/offered-work.ts'
import { Buyer } from './actors/buyer.ts'
import { Office } from './actors/office.ts'
import { considerNotice } from './actors/owners.ts'
import type { ArrivedNotice } from './actors/phone.ts'
import { Visits } from './actors/visits.ts'
import { ticketOf, type World } from './world.ts'

const eventsAtOnce = 500

/** All people of the service: they see notices, offers and what happens to tickets, and mean to do something about it. */
export class Cast {
  readonly #world: World
  readonly #visits: Visits
  readonly #office: Office
  readonly #buyer: Buyer
  #seen: DeskEventCursor | undefined

  constructor(world: World) {
    this.#world = world
    this.#visits = new Visits(world)
    this.#office = new Office(world)
    this.#buyer = new Buyer(world)
  }

  /** The office opens. */
  begin(from: number): void {
    this.#office.open(from)
  }

  /** A phone rings. */
  onNotice(arrived: ArrivedNotice): void {
    considerNotice(this.#world, arrived)
  }

  /** Everybody sees what has happened at the desk since they looked last. */
  async look(now: number): Promise<void> {
    const after = this.#seen === undefined ? {} : { after: this.#seen }
    const events = await readDeskEvents(this.#world.db, { ...after, limit: eventsAtOnce })
    for (const event of events) {
      await this.#hear(event, now)
      this.#seen = event.cursor
    }
    if (events.length === eventsAtOnce) await this.look(now)
  }

  /** A part that a technician has replaced: what its first life still says is said of nothing any more. */
  hasReplaced(finding: Finding): boolean {
    return this.#visits.replaced.has(partKey(finding))
  }

  async #hear({ type, ticket, data, at }: DeskEvent, now: number): Promise<void> {
    if (type === 'stock_low') this.#buyer.order({ ...data, at })
    if (ticket === null) return
    switch (type) {
      case 'offer_made':
        return considerOffer(this.#world, ticket, now)
      case 'nobody_to_send':
        return this.#office.hearOfNobody(ticket)
      case 'part_missing':
        return this.#buyer.orderFor(ticket, data.part, at)
      case 'part_reserved':
      case 'ticket_changed':
      case 'visit_booked':
        return this.#visits.consider(ticket, now)
    }
  }
}

/** Technicians look at an offer that was made to one of them, and answer when they do. */
async function considerOffer(world: World, ticket: string, now: number): Promise<void> {
  const { db, agenda, commands, technicians, owners } = world
  const offers = await db
    .selectFrom('offers')
    .selectAll()
    .where('ticket_id', '=', ticket)
    .orderBy('offered_at')
    .orderBy('state')
    .execute()
  const waiting = offers.find(({ state }) => state === 'offered')
  const technician = technicians.get(waiting?.technician_id ?? '')
  if (waiting === undefined || technician === undefined) return
  const { owner_id, sla } = await ticketOf(db, ticket)
  const answer = decide(technician, {
    ticket,
    round: offers.filter(({ technician_id }) => technician_id === technician.id).length,
    at: now,
    home: owners.get(owner_id ?? '')?.home ?? technician.home,
    urgent: sla === 'level1',
  })
  if (answer.answer === 'none') return
  const { id: offer } = waiting
  const given =
    answer.answer === 'accepted'
      ? { answer: answer.answer }
      : { answer: answer.answer, reason: answer.reason }
  agenda.add({
    at: answer.at,
    act: async (at) =>
      void (await commands.answerOffer({ offer, by: `technician:${technician.id}`, at, ...given })),
  })
}
