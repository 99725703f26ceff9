import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import { toNotice } from '../schemas/notice.ts'
import { type ticketDetailSchema, toFinding, toTicket, toTicketStep } from '../schemas/ticket.ts'
import { toEscalation, toOffer, toReservation, toSlaClocks } from '../schemas/ticket-workflow.ts'
import { requireTicket } from './find-ticket.ts'
import { ownerAnswersByNotice } from './owner-answers.ts'

/** Return a ticket with its related records. @throws ApiError `ticket_not_found` */
export async function loadTicketDetail(
  db: Kysely<Records>,
  name: string,
  now: number,
): Promise<z.output<typeof ticketDetailSchema>> {
  const ticket = await requireTicket(db, name)
  const [history, findings, notices, offers, reservations, escalations] = await loadRelatedRows(db, ticket.id)
  const answers = await ownerAnswersByNotice(db, notices)
  const { cause, work, next_service_at: nextServiceAt } = ticket
  return {
    ...toTicket(ticket),
    evidence: { ...ticket.evidence },
    clocks: toSlaClocks(ticket, now),
    report: { cause, work, nextServiceAt },
    offers: offers.map(toOffer),
    reservations: reservations.map(toReservation),
    escalations: escalations.map(toEscalation),
    history: history.map(toTicketStep),
    findings: findings.map(toFinding),
    notices: notices.map((row) => toNotice(row, answers.get(row.id) ?? [])),
  }
}

function loadRelatedRows(db: Kysely<Records>, id: string) {
  const history = db.selectFrom('ticket_history').selectAll().where('ticket_id', '=', id)
  const findings = db.selectFrom('findings').selectAll().where('ticket_id', '=', id)
  const notices = db.selectFrom('notices').selectAll().where('ticket_id', '=', id)
  const offers = db.selectFrom('offers').selectAll().where('ticket_id', '=', id)
  const reservations = db.selectFrom('reservations').selectAll().where('ticket_id', '=', id)
  const escalations = db.selectFrom('escalations').selectAll().where('ticket_id', '=', id)
  return Promise.all([
    history.orderBy('at').orderBy('step_id').execute(),
    findings.orderBy('at').orderBy('id').execute(),
    notices.orderBy('created_at').orderBy('id').execute(),
    offers.orderBy('offered_at').orderBy('id').execute(),
    reservations.orderBy('at').orderBy('id').execute(),
    escalations.orderBy('at').orderBy('clock').orderBy('step').execute(),
  ])
}
