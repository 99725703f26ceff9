import type { Selectable, Transaction } from 'kysely'
import type { OffersTable } from '../../store/records/desk-schema.ts'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { runCommand } from '../tickets/run-command.ts'
import { slaTargets } from '../tickets/sla-clocks.ts'

type Offer = Selectable<OffersTable>

/** The offer cannot be made, or not be answered; the message says why. */
export class OfferRejectedError extends Error {
  override readonly name = 'OfferRejectedError'
  readonly code: 'unknown_offer' | 'unknown_ticket' | 'unknown_technician' | 'not_allowed'

  constructor(why: OfferRejectedError['code'], message: string) {
    super(message)
    this.code = why
  }
}

export interface NewOffer {
  /** Idempotency key: an offer with the same id is created once. */
  id: string
  ticket: string
  technician: string
  /** Actor: `desk`, `dispatcher:<name>`. */
  by: string
  /** Reasons for this technician, as texts. */
  reasons?: readonly string[]
  /** ms since 1970 UTC. */
  at: number
  /** Time to answer, ms. Default: a quarter of the response time of the service level. */
  answerTimeoutMs?: number
}

const answerShare = 1 / 4

/**
 * Offer an open ticket to a technician. A pending offer of the ticket is withdrawn.
 * @throws OfferRejectedError when the ticket is not open, or the technician is unknown or inactive
 */
export async function offerTicket(trx: Transaction<Records>, offer: NewOffer): Promise<Offer> {
  const { id, ticket: ticketId, technician, at, reasons = [] } = offer
  const ticket = await trx
    .selectFrom('tickets')
    .selectAll()
    .where('id', '=', ticketId)
    .forUpdate()
    .executeTakeFirst()
  if (ticket === undefined)
    throw new OfferRejectedError('unknown_ticket', `There is no ticket ${JSON.stringify(ticketId)}`)
  const known = await trx.selectFrom('offers').selectAll().where('id', '=', id).executeTakeFirst()
  if (known !== undefined) return known
  if (ticket.work_state !== 'open' || ticket.operator_state === 'shelved') {
    const is = ticket.work_state === 'open' ? 'shelved' : ticket.work_state
    throw new OfferRejectedError(
      'not_allowed',
      `Ticket ${ticket.number} is ${is}: only an open one can be offered`,
    )
  }
  await requireActiveTechnician(trx, technician)
  await withdrawOpenOffers(trx, ticketId, at)
  const answerBy = at + (offer.answerTimeoutMs ?? answerShare * slaTargets[ticket.sla].responseMs)
  const row = await trx
    .insertInto('offers')
    .values({
      id,
      ticket_id: ticketId,
      technician_id: technician,
      offered_at: new Date(at),
      answer_by: new Date(answerBy),
      state: 'offered',
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  const data = { technician, answerBy, reasons: [...reasons] }
  await recordDeskEvent(trx, { type: 'offer_made', ticket: ticketId, at, data })
  return row
}

async function requireActiveTechnician(trx: Transaction<Records>, id: string): Promise<void> {
  const found = await trx.selectFrom('technicians').select('active').where('id', '=', id).executeTakeFirst()
  if (found === undefined)
    throw new OfferRejectedError('unknown_technician', `There is no technician ${JSON.stringify(id)}`)
  if (!found.active) throw new OfferRejectedError('not_allowed', `The technician ${id} is not active`)
}

/** Withdraw the pending offers of a ticket. The caller holds its lock. */
export async function withdrawOpenOffers(
  trx: Transaction<Records>,
  ticket: string,
  at: number,
): Promise<void> {
  const withdrawn = await trx
    .updateTable('offers')
    .set({ state: 'withdrawn', answered_at: new Date(at) })
    .where('ticket_id', '=', ticket)
    .where('state', '=', 'offered')
    .returning('technician_id')
    .execute()
  for (const { technician_id: technician } of withdrawn) {
    const data = { technician, state: 'withdrawn' as const }
    await recordDeskEvent(trx, { type: 'offer_answered', ticket, at, data })
  }
}

export interface OfferAnswer {
  offer: string
  answer: 'accepted' | 'declined'
  reason?: string
  /** Actor: `technician:<id>`. */
  by: string
  /** ms since 1970 UTC. */
  at: number
}

/**
 * Apply a technician's answer to an offer; accepting assigns the ticket. Idempotent.
 * @throws OfferRejectedError when the offer is unknown, no longer pending or expired
 * @throws CommandRejectedError when the ticket can no longer be assigned
 */
export async function answerOffer(trx: Transaction<Records>, given: OfferAnswer): Promise<Offer> {
  const { offer: id, answer, reason = null, by, at } = given
  const seen = await trx.selectFrom('offers').select('ticket_id').where('id', '=', id).executeTakeFirst()
  if (seen === undefined)
    throw new OfferRejectedError('unknown_offer', `There is no offer ${JSON.stringify(id)}`)
  // Lock the ticket first, as everywhere, so that concurrent answers and offers cannot deadlock.
  await trx.selectFrom('tickets').select('id').where('id', '=', seen.ticket_id).forUpdate().execute()
  const offer = await trx.selectFrom('offers').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  if (offer.state === answer) return offer
  if (offer.state !== 'offered')
    throw new OfferRejectedError('not_allowed', `The offer was ${offer.state} already`)
  if (at > offer.answer_by.getTime()) {
    throw new OfferRejectedError('not_allowed', `The offer expired at ${offer.answer_by.toISOString()}`)
  }
  const { ticket_id: ticket, technician_id: technician } = offer
  const answered = await closeOffer(trx, offer, { state: answer, reason, at })
  if (answer === 'accepted') {
    // Technicians know their own calendar.
    const command = { do: 'assign', technician, force: true } as const
    await runCommand(trx, { id: `offer:${id}`, ticket, actor: by, at, command })
  }
  return answered
}

/** Close a pending offer and record `offer_answered`. The caller holds the lock of the ticket. */
export async function closeOffer(
  trx: Transaction<Records>,
  offer: Offer,
  { state, reason, at }: { state: 'accepted' | 'declined' | 'expired'; reason: string | null; at: number },
): Promise<Offer> {
  const answered = await trx
    .updateTable('offers')
    .set({ state, reason, answered_at: new Date(at) })
    .where('id', '=', offer.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  const { ticket_id: ticket, technician_id: technician } = offer
  const data = { technician, state, ...(reason !== null && { reason }) }
  await recordDeskEvent(trx, { type: 'offer_answered', ticket, at, data })
  return answered
}
