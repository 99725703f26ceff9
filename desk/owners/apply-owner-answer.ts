import type { Selectable, Transaction } from 'kysely'
import { foreignReason, isForeignNotice } from '../../notices/deliver/withdraw-foreign.ts'
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
 * Apply an owner's answer to a notice: book a visit, cancel the ticket, schedule a reminder or record a score. Idempotent by
 * the answer's id.
 * @returns the notice afterwards
 * @throws AnswerRejectedError when the user has no such notice, or the notice does not offer this action
 * @throws CommandRejectedError when the ticket no longer allows it
 */
export async function applyOwnerAnswer(
  trx: Transaction<Records>,
  submitted: SubmittedAnswer,
  messages: MessageCatalog,
): Promise<NoticeRow> {
  const { id, notice, user, at, answer } = submitted
  const row = await lockNotice(trx, { notice, user })
  const { action, ...data } = answer
  const inserted = await trx
    .insertInto('owner_answers')
    .values({ id, notice_id: notice, user_id: user, action, data: JSON.stringify(data), at: new Date(at) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (inserted === undefined) return row
  if (!row.actions.includes(action)) {
    const offered = row.actions.length === 0 ? 'none' : row.actions.join(', ')
    throw new AnswerRejectedError(
      'not_allowed',
      `The notice ${notice} does not offer the action ${action}. Possible actions: ${offered}`,
    )
  }
  if (await isForeignNotice(trx, notice)) {
    throw new AnswerRejectedError('not_allowed', `The notice ${notice} cannot be answered: ${foreignReason}`)
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
  context: AnswerContext,
  messages: MessageCatalog,
): Promise<void> {
  const { answer } = context
  switch (answer.action) {
    case 'book':
      return bookVisit(trx, context, answer)
    case 'snooze':
      return scheduleReminder(trx, { context, at: context.at + answer.forMs, messages })
    case 'done_myself':
      return declineService(trx, context, 'The owner has done the work')
    case 'not_interested':
      return declineService(trx, context, 'The owner is not interested')
    case 'rate':
      return recordSurveyScore(trx, { ...context, ticket: context.row.ticket_id }, answer)
  }
}

/** Book a visit, if a suitable technician is free. @throws AnswerRejectedError */
async function bookVisit(
  trx: Transaction<Records>,
  context: AnswerContext,
  { from, until }: { from: number; until: number },
): Promise<void> {
  if (from < context.at || !(await isVisitPossible(trx, context.row.ticket_id ?? '', { from, until }))) {
    throw new AnswerRejectedError(
      'not_allowed',
      `No technician is free from ${new Date(from).toISOString()} to ${new Date(until).toISOString()}. Load the free times again and choose another one`,
    )
  }
  await commandTicket(trx, context, { command: { do: 'book_visit', from, until } })
}

/** Cancel the ticket, unless the technician is on the way or at work: then only add a note. */
async function declineService(
  trx: Transaction<Records>,
  context: AnswerContext,
  reason: string,
): Promise<void> {
  const { ticket_id } = context.row
  if (ticket_id === null) return
  const ticket = await trx
    .selectFrom('tickets')
    .select('work_state')
    .where('id', '=', ticket_id)
    .executeTakeFirstOrThrow()
  if (ticket.work_state === 'open' || ticket.work_state === 'assigned')
    await commandTicket(trx, context, { command: { do: 'cancel' }, reason })
  else await commandTicket(trx, context, { command: { do: 'note', text: reason } })
}

async function commandTicket(
  trx: Transaction<Records>,
  { id, user, at, row }: AnswerContext,
  order: { command: TicketCommand; reason?: string },
): Promise<void> {
  await runCommand(trx, {
    ticket: row.ticket_id ?? '',
    actor: `owner:${user}`,
    at,
    id: `answer:${id}`,
    ...order,
  })
}

/** Write the same notice again, visible and due at the time that the owner has chosen. */
async function scheduleReminder(
  trx: Transaction<Records>,
  {
    context: { id, row, user, at: now },
    at,
    messages,
  }: { context: AnswerContext; at: number; messages: MessageCatalog },
): Promise<void> {
  const { kind, component, severity, evidence } = row.data as unknown as NoticeData
  const recipient = await loadRecipient(trx, user, { messages })
  await writeNotices(trx, [
    {
      recipient,
      dedupeKey: `reminder:${id}`,
      noticeKind: 'reminder',
      messageKey: row.notice,
      ...recipient.messages.renderMessage('reminder', {
        title: stripReminderPrefix(row, recipient.messages),
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
      // A notice expires a week after its creation, so it is created at that time.
      now: new Date(at),
    },
  ])
}

/** Return the title without the prefix of a reminder, so that a reminder of a reminder has it only once. */
function stripReminderPrefix({ title }: { title: string }, messages: LocaleMessages): string {
  const head = messages.renderMessage('reminder', { title: '', body: '' }).title
  return title.startsWith(head) ? title.slice(head.length) : title
}
