import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import { toNotice } from '../schemas/notice.ts'
import { type ticketDetailSchema, toFinding, toStep, toTicket } from '../schemas/ticket.ts'
import { toClocks, toEscalation, toOffer, toReservation } from '../schemas/ticket-life.ts'
import { answersTo } from './answers.ts'
import { findTicket } from './find-ticket.ts'

/** A ticket with all that belongs to it. @throws ApiError `ticket_not_found` */
export async function ticketDetail(
  db: Kysely<Records>,
  name: string,
  now: number,
): Promise<z.output<typeof ticketDetailSchema>> {
  const ticket = await findTicket(db, name)
  const [history, findings, notices, offers, reservations, escalations] = await rowsOf(db, ticket.id)
  const answers = await answersTo(db, notices)
  const { cause, work, next_service_at: nextServiceAt } = ticket
  return {
    ...toTicket(ticket),
    evidence: { ...ticket.evidence },
    clocks: toClocks(ticket, now),
    report: { cause, work, nextServiceAt },
    offers: offers.map(toOffer),
    reservations: reservations.map(toReservation),
    escalations: escalations.map(toEscalation),
    history: history.map(toStep),
    findings: findings.map(toFinding),
    notices: notices.map((row) => toNotice(row, answers.get(row.id) ?? [])),
  }
}

function rowsOf(db: Kysely<Records>, id: string) {
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
