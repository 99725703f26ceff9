import type { Selectable, Transaction } from 'kysely'
import type { LocaleMessages, MessageCatalog } from '../../notices/messages/message-catalog.ts'
import type { NoticeAction, NoticeData } from '../../notices/notice.ts'
import { loadRecipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { NoticesTable, Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { isVisitPossible } from '../dispatch/is-visit-possible.ts'
import type { TicketCommand } from '../tickets/command.ts'
import { runCommand } from '../tickets/run-command.ts'
import { AnswerRejectedError, type SubmittedAnswer } from './owner-answer.ts'
import { recordSurveyScore } from './survey.ts'

type NoticeRow = Selectable<NoticesTable>

interface AnswerContext extends SubmittedAnswer {
  row: NoticeRow
}

/**
 * Takes what an owner answers to a notice, and lets follow what follows: a booked visit, a ticket that is given up, a
 * reminder, a score. The same answer again, by its id, has no second effect.
 * @returns the notice as it is then
 * @throws AnswerRejectedError when it is not his notice, or it does not offer this
 * @throws CommandRejectedError when the ticket does not allow it any more
 */
export async function applyOwnerAnswer(
  trx: Transaction<Records>,
  submitted: SubmittedAnswer,
  messages: MessageCatalog,
): Promise<NoticeRow> {
  const { id, notice, user, at, answer } = submitted
  const row = await lockNotice(trx, { notice, user })
  const { action, ...data } = answer
  const fresh = await trx
    .insertInto('owner_answers')
    .values({ id, notice_id: notice, user_id: user, action, data: JSON.stringify(data), at: new Date(at) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (fresh === undefined) return row
  if (!row.actions.includes(action)) {
    const offered = row.actions.length === 0 ? 'nothing to answer' : row.actions.join(', ')
    throw new AnswerRejectedError('not_allowed', `The notice ${notice} has no ${action}. It has: ${offered}`)
  }
  await applyEffect(trx, { ...submitted, row }, messages)
  await recordDeskEvent(trx, {
    type: 'owner_answered',
    ticket: row.ticket_id,
    at,
    data: { notice, action, user },
  })
  return trx
    .updateTable('notices')
    .set({ state: action === 'snooze' ? 'snoozed' : 'done', next_attempt_at: null })
    .where('id', '=', notice)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** @throws AnswerRejectedError */
async function lockNotice(
  trx: Transaction<Records>,
  { notice, user }: { notice: string; user: string },
): Promise<NoticeRow> {
  const row = await trx
    .selectFrom('notices')
    .selectAll()
    .where('id', '=', notice)
    .where('user_id', '=', user)
    .forUpdate()
    .executeTakeFirst()
  if (row !== undefined) return row
  throw new AnswerRejectedError('unknown_notice', `${user} has no notice ${JSON.stringify(notice)}`)
}

async function applyEffect(
  trx: Transaction<Records>,
  taken: AnswerContext,
  messages: MessageCatalog,
): Promise<void> {
  const { answer } = taken
  switch (answer.action) {
    case 'book':
      return bookVisit(trx, taken, answer)
    case 'snooze':
      return scheduleReminder(trx, { taken, at: taken.at + answer.forMs, messages })
    case 'done_myself':
      return declineService(trx, taken, 'The owner has done it himself')
    case 'not_interested':
      return declineService(trx, taken, 'The owner does not want it')
    case 'rate':
      return recordSurveyScore(trx, { ...taken, ticket: taken.row.ticket_id }, answer)
  }
}

/** Only when somebody is free who can do it: what is booked is kept. */
async function bookVisit(
  trx: Transaction<Records>,
  taken: AnswerContext,
  { from, until }: { from: number; until: number },
): Promise<void> {
  if (from < taken.at || !(await isVisitPossible(trx, taken.row.ticket_id ?? '', { from, until }))) {
    throw new AnswerRejectedError(
      'not_allowed',
      `Nobody is free from ${new Date(from).toISOString()} to ${new Date(until).toISOString()} for it. Ask for the free times again`,
    )
  }
  await commandTicket(trx, taken, { command: { do: 'book_visit', from, until } })
}

/** What nobody has set out for is given up; a visit that has begun goes on. */
async function declineService(
  trx: Transaction<Records>,
  taken: AnswerContext,
  reason: string,
): Promise<void> {
  const { ticket_id } = taken.row
  if (ticket_id === null) return
  const ticket = await trx
    .selectFrom('tickets')
    .select('work_state')
    .where('id', '=', ticket_id)
    .executeTakeFirstOrThrow()
  if (ticket.work_state === 'open' || ticket.work_state === 'assigned')
    await commandTicket(trx, taken, { command: { do: 'cancel' }, reason })
  else await commandTicket(trx, taken, { command: { do: 'note', text: reason } })
}

async function commandTicket(
  trx: Transaction<Records>,
  { id, user, at, row }: AnswerContext,
  what: { command: TicketCommand; reason?: string },
): Promise<void> {
  await runCommand(trx, {
    ticket: row.ticket_id ?? '',
    actor: `owner:${user}`,
    at,
    id: `answer:${id}`,
    ...what,
  })
}

/** The same once more, when he has asked for it: nobody sees it before. */
async function scheduleReminder(
  trx: Transaction<Records>,
  {
    taken: { id, row, user, at: now },
    at,
    messages,
  }: { taken: AnswerContext; at: number; messages: MessageCatalog },
): Promise<void> {
  const { kind, component, severity, evidence } = row.data as unknown as NoticeData
  const reader = await loadRecipient(trx, user, { messages })
  await writeNotices(trx, [
    {
      recipient: reader,
      dedupeKey: `reminder:${id}`,
      noticeKind: 'reminder',
      messageKey: row.notice,
      ...reader.messages.renderMessage('reminder', {
        title: stripReminderPrefix(row, reader.messages),
        body: row.body,
      }),
      device: row.device_id,
      ticket: row.ticket_id,
      urgent: row.urgent,
      actions: row.actions as NoticeAction[],
      kind,
      component,
      severity,
      evidence,
      at: now,
      // A notice lives for a week from when it is there.
      now: new Date(at),
    },
  ])
}

/** A reminder of a reminder says so once. */
function stripReminderPrefix({ title }: { title: string }, messages: LocaleMessages): string {
  const head = messages.renderMessage('reminder', { title: '', body: '' }).title
  return title.startsWith(head) ? title.slice(head.length) : title
}
