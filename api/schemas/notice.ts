import type { Selectable } from 'kysely'
import { z } from 'zod'
import { type NoticeAction, noticeActions } from '../../notices/notice.ts'
import type { NoticesTable } from '../../store/records/schema.ts'
import type { OwnerAnswerRow } from '../desk/owner-answers.ts'

export const noticeStates = [
  'queued',
  'sent',
  'delivered',
  'read',
  'snoozed',
  'done',
  'failed',
  'withdrawn',
] as const

export const noticeSchema = z
  .object({
    id: z.string(),
    user: z.string(),
    device: z.string().nullable(),
    ticket: z.string().nullable(),
    kind: z.string().describe('Origin: finding, visit progress, report, survey or reminder.'),
    notice: z.string().describe('Message key.'),
    locale: z.string(),
    urgent: z.boolean().describe('Urgent notices are sent during quiet hours.'),
    actions: z.array(z.enum(noticeActions)).describe('Actions the owner may choose.'),
    answers: z
      .array(
        z.object({
          action: z.enum(noticeActions),
          data: z.record(z.string(), z.unknown()).describe('Action data, such as the booked time.'),
          at: z.date(),
        }),
      )
      .describe('Answers of the owner, oldest first.'),
    digest: z.string().nullable().describe('Digest notice that includes this one.'),
    title: z.string(),
    body: z.string(),
    state: z
      .enum(noticeStates)
      .describe('`withdrawn`: not sent, because it is not true, or not for this user, any more.'),
    attempts: z.int(),
    lastError: z.string().nullable(),
    createdAt: z.date(),
    nextAttemptAt: z.date().nullable(),
    sentAt: z.date().nullable(),
    deliveredAt: z.date().nullable(),
    inboxAt: z.date().nullable().describe('Time it was added to the inbox.'),
  })
  .meta({ id: 'Notice' })

export function toNotice(
  row: Selectable<NoticesTable>,
  answers: readonly OwnerAnswerRow[],
): z.output<typeof noticeSchema> {
  return {
    id: row.id,
    user: row.user_id,
    device: row.device_id,
    ticket: row.ticket_id,
    kind: row.kind,
    notice: row.notice,
    locale: row.locale,
    urgent: row.urgent,
    actions: row.actions as NoticeAction[],
    answers: answers.map(({ action, data, at }) => ({ action, data, at })),
    digest: row.digest_id,
    title: row.title,
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at,
    sentAt: row.sent_at,
    deliveredAt: row.delivered_at,
    inboxAt: row.inbox_at,
  }
}
