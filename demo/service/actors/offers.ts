import { answerOffer as decide } from '../../../device-sim/people/offered-work.ts'
import { ticketOf, type World } from '../world.ts'

/** Technicians look at an offer that was made to one of them, and answer when they do. */
export async function considerOffer(world: World, ticket: string, now: number): Promise<void> {
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
