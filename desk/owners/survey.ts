import { type Kysely, sql, type Transaction } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { AnswerRejectedError } from './owner-answer.ts'
import { noticeSubject, ownedTicketViews } from './ticket-view.ts'

/** So long after the work is done the owner is asked. */
const surveyDelayMs = dayMs
/** Later nobody remembers: who was not asked by then is not asked. */
const surveyWindowMs = 7 * dayMs
const batchSize = 500

/**
 * Asks owners how the service was, a day after it, each once. Only where somebody was there: what is solved without a
 * visit is not rated.
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
      const asked = await trx
        .insertInto('surveys')
        .values({ ticket_id: ticket.id, user_id: ticket.owner_id, asked_at: now })
        .onConflict((conflict) => conflict.doNothing())
        .returning('ticket_id')
        .executeTakeFirst()
      if (asked === undefined) return
      const reader = await loadRecipient(trx, ticket.owner_id, { messages })
      const technician = ticket.technician_name ?? ticket.technician_id ?? ''
      const values = { device: reader.messages.formatter.deviceName(ticket), technician }
      await writeNotices(trx, [
        {
          ...noticeSubject(ticket, now.getTime()),
          recipient: reader,
          dedupeKey: `survey:${ticket.id}`,
          noticeKind: 'survey',
          messageKey: 'survey',
          ...reader.messages.renderMessage('survey', values),
          actions: ['rate'],
          now,
        },
      ])
    })
  }
}

/** Keeps a score, once for each ticket. @throws AnswerRejectedError when there was no question, or an answer already */
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
  if (rated === undefined) throw new AnswerRejectedError('not_allowed', 'This service has been rated already')
  await updateTechnicianRating(trx, rated.ticket_id, at)
  const data = { score, ...(comment !== undefined && { comment }) }
  await recordDeskEvent(trx, { type: 'survey_answered', ticket, at, data })
}

/** So many answers, as good as the middle of the scale and a little better, are taken for granted before the first one. */
const priorAnswers = 5
const priorScore = 4

/** His rating is the mean of what owners answered, drawn to a prior while there are few. */
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
