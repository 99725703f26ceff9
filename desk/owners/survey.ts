import { type Kysely, sql, type Transaction } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { AnswerRejectedError } from './owner-answer.ts'
import { noticeSubject, ownedTicketViews } from './ticket-view.ts'

/** Time after the resolution at which the owner is surveyed. */
const surveyDelayMs = dayMs
/** Time after the resolution from which no survey is sent any more. */
const surveyWindowMs = 7 * dayMs
const batchSize = 500

/**
 * Send each owner one survey a day after the service. Tickets that were resolved without a visit are not surveyed.
 */
export async function sweepSurveys(
  db: Kysely<Records>,
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<void> {
  const due = await ownedTicketViews(db)
    .where('work_state', 'in', ['resolved', 'closed'])
    .where('on_site_at', 'is not', null)
    .where('resolved_at', '<=', new Date(now.getTime() - surveyDelayMs))
    .where('resolved_at', '>', new Date(now.getTime() - surveyWindowMs))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('surveys').select('ticket_id').whereRef('ticket_id', '=', 'tickets.id'))),
    )
    .orderBy('resolved_at')
    .limit(batchSize)
    .execute()
  for (const ticket of due) {
    await db.transaction().execute(async (trx) => {
      const inserted = await trx
        .insertInto('surveys')
        .values({ ticket_id: ticket.id, user_id: ticket.owner_id, asked_at: now })
        .onConflict((conflict) => conflict.doNothing())
        .returning('ticket_id')
        .executeTakeFirst()
      if (inserted === undefined) return
      const recipient = await loadRecipient(trx, ticket.owner_id, { messages })
      const technician = ticket.technician_name ?? ticket.technician_id ?? ''
      const values = { device: recipient.messages.formatter.deviceName(ticket), technician }
      await writeNotices(trx, [
        {
          ...noticeSubject(ticket, now.getTime()),
          recipient,
          dedupeKey: `survey:${ticket.id}`,
          noticeKind: 'survey',
          messageKey: 'survey',
          ...recipient.messages.renderMessage('survey', values),
          actions: ['rate'],
          now,
        },
      ])
    })
  }
}

/** Record the score of a ticket once. @throws AnswerRejectedError when there is no survey, or it was answered already */
export async function recordSurveyScore(
  trx: Transaction<Records>,
  { ticket, user, at }: { ticket: string | null; user: string; at: number },
  { score, comment }: { score: number; comment?: string | undefined },
): Promise<void> {
  const rated = await trx
    .updateTable('surveys')
    .set({ score, comment: comment ?? null, answered_at: new Date(at) })
    .where('ticket_id', '=', ticket ?? '')
    .where('user_id', '=', user)
    .where('score', 'is', null)
    .returning('ticket_id')
    .executeTakeFirst()
  if (rated === undefined)
    throw new AnswerRejectedError('not_allowed', 'This service has no open survey: it was rated already')
  await updateTechnicianRating(trx, rated.ticket_id, at)
  const data = { score, ...(comment !== undefined && { comment }) }
  await recordDeskEvent(trx, { type: 'survey_answered', ticket, at, data })
}

/** Prior of a rating: five answers of 4. */
const priorAnswers = 5
const priorScore = 4

/** Set the technician's rating to the mean score, with a prior that dominates while there are few answers (Bayesian average). */
async function updateTechnicianRating(trx: Transaction<Records>, ticket: string, at: number): Promise<void> {
  await sql`
    update technicians set rating = rated.rating, updated_at = ${new Date(at)}
    from (
      select mine.technician_id as id,
        (sum(surveys.score) + ${priorAnswers * priorScore}::integer)::double precision / (count(*) + ${priorAnswers}::integer) as rating
      from surveys join tickets as mine on mine.id = surveys.ticket_id
      where surveys.score is not null
        and mine.technician_id = (select technician_id from tickets where id = ${ticket})
      group by 1
    ) as rated
    where technicians.id = rated.id`.execute(trx)
}
