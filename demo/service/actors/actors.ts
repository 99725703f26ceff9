import type { Finding } from '../../../contract/finding.ts'
import { type DeskEvent, type DeskEventCursor, readDeskEvents } from '../../../desk/desk-events.ts'
import { partLifetimeKey } from '../../../desk/tickets/part-lifetime.ts'
import { respondToOffer as decide } from '../../../device-sim/people/job-offer.ts'
import { loadTicket, type ServiceContext } from '../context.ts'
import { Buyer } from './buyer.ts'
import { Dispatcher } from './dispatcher.ts'
import { FieldService } from './field-service.ts'
import { scheduleNoticeRead } from './owners.ts'
import type { DeliveredNotice } from './phone-channel.ts'

const maxEventsPerPoll = 500

/** All people of the service: they see notices, offers and changes of tickets, and schedule their reactions. */
export class Actors {
  readonly #context: ServiceContext
  readonly #visits: FieldService
  readonly #office: Dispatcher
  readonly #buyer: Buyer
  #cursor: DeskEventCursor | undefined

  constructor(context: ServiceContext) {
    this.#context = context
    this.#visits = new FieldService(context)
    this.#office = new Dispatcher(context)
    this.#buyer = new Buyer(context)
  }

  /** Start the dispatcher. */
  start(from: number): void {
    this.#office.start(from)
  }

  /** Handle a notice that arrived on a phone. */
  onNotice(arrived: DeliveredNotice): void {
    scheduleNoticeRead(this.#context, arrived)
  }

  /** Pass all desk events since the last poll to the people concerned. */
  async pollDeskEvents(now: number): Promise<void> {
    const after = this.#cursor === undefined ? {} : { after: this.#cursor }
    const events = await readDeskEvents(this.#context.db, { ...after, limit: maxEventsPerPoll })
    for (const event of events) {
      await this.#handleEvent(event, now)
      this.#cursor = event.cursor
    }
    if (events.length === maxEventsPerPoll) await this.pollDeskEvents(now)
  }

  /** Was the part of this finding replaced by a technician? Later findings of the old part are obsolete. */
  hasReplacedPart(finding: Finding): boolean {
    return this.#visits.replacedParts.has(partLifetimeKey(finding))
  }

  async #handleEvent({ type, ticket, data, at }: DeskEvent, now: number): Promise<void> {
    if (type === 'stock_low') this.#buyer.order({ ...data, at })
    if (ticket === null) return
    switch (type) {
      case 'offer_made':
        return scheduleOfferResponse(this.#context, ticket, now)
      case 'no_technician_available':
        return this.#office.markUnassignable(ticket)
      case 'part_missing':
        return this.#buyer.orderFor(ticket, data.part, at)
      case 'part_reserved':
      case 'ticket_changed':
      case 'visit_booked':
        return this.#visits.planVisit(ticket, now)
    }
  }
}

/** Schedule the response of a technician to an offer. */
async function scheduleOfferResponse(context: ServiceContext, ticket: string, now: number): Promise<void> {
  const { db, queue, commands, technicians, owners } = context
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
  const { owner_id, sla } = await loadTicket(db, ticket)
  const answer = decide(technician, {
    ticket,
    attempt: offers.filter(({ technician_id }) => technician_id === technician.id).length,
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
  queue.schedule({
    at: answer.at,
    run: async (at) =>
      void (await commands.answerOffer({ offer, by: `technician:${technician.id}`, at, ...given })),
  })
}
