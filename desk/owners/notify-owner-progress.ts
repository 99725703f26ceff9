import type { Transaction } from 'kysely'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, type Recipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import type { DeskEvent } from '../desk-events.ts'
import type { DeskEventHandler } from '../process-desk-events.ts'
import { reportedParts } from '../tickets/reported-parts.ts'
import { loadTicketView, noticeSubject, type TicketView } from './ticket-view.ts'

/** Message key and notice kind by command. */
const progressMessages: Readonly<Record<string, { key: string; noticeKind: 'progress' | 'report' }>> = {
  assign: { key: 'visit_accepted', noticeKind: 'progress' },
  book_visit: { key: 'visit_booked', noticeKind: 'progress' },
  depart: { key: 'technician_on_way', noticeKind: 'progress' },
  arrive: { key: 'repair_started', noticeKind: 'progress' },
  cancel: { key: 'visit_cancelled', noticeKind: 'progress' },
  resolve: { key: 'service_report', noticeKind: 'report' },
}

/** Commands that end the work: pending reminders are withdrawn. */
const endingCommands = new Set(['resolve', 'cancel', 'close'])

/** Create the handler that notifies owners of the progress of their tickets, except of their own commands. */
export function ownerProgressHandler(messages: MessageCatalog): DeskEventHandler {
  return async (trx, event, now) => {
    if (event.type !== 'ticket_changed' || event.ticket === null) return
    if (endingCommands.has(event.data.command)) await withdrawReminders(trx, event.ticket)
    const notice = progressMessages[event.data.command]
    const ticket = await loadTicketView(trx, event.ticket)
    if (notice === undefined || ticket === undefined || !shouldNotifyOwner(ticket, event.data)) return
    const recipient = await loadRecipient(trx, ticket.owner_id ?? '', { messages })
    await writeNotices(trx, [
      {
        ...noticeSubject(ticket, event.at),
        recipient,
        dedupeKey: `${notice.key}:${ticket.id}:${dedupeSuffix(ticket, event)}`,
        noticeKind: notice.noticeKind,
        messageKey: notice.key,
        ...recipient.messages.renderMessage(
          notice.key,
          await messageValues(trx, { ticket, event, recipient }),
        ),
        actions: event.data.command === 'assign' && ticket.visit_from === null ? ['book'] : [],
        now,
      },
    ])
  }
}

/** Return the key by which a notice is repeated: for agreements only with another technician or another time. */
function dedupeSuffix(ticket: TicketView, { type, data, cursor }: DeskEvent): string {
  const isAgreement =
    type === 'ticket_changed' && (data.command === 'assign' || data.command === 'book_visit')
  return isAgreement ? `${ticket.technician_id}/${ticket.visit_from?.toISOString()}` : cursor
}

function shouldNotifyOwner(
  { owner_id, responded_at }: TicketView,
  { command, actor }: { command: string; actor: string },
): boolean {
  if (owner_id === null || actor === `owner:${owner_id}`) return false
  // Without a response the owner does not know of the visit that is cancelled.
  return command !== 'cancel' || responded_at !== null
}

interface ProgressContext {
  ticket: TicketView
  event: DeskEvent
  recipient: Recipient
}

async function messageValues(
  trx: Transaction<Records>,
  { ticket, event, recipient: { messages, timeZone } }: ProgressContext,
): Promise<Record<string, string>> {
  const { formatter } = messages
  const { technician_name, technician_id, visit_from, visit_until, next_service_at } = ticket
  const visit =
    visit_from && visit_until ? { from: visit_from.getTime(), until: visit_until.getTime() } : undefined
  const isReport = event.type === 'ticket_changed' && event.data.command === 'resolve'
  const parts = isReport ? await reportedParts(trx, ticket.id) : []
  return {
    device: formatter.deviceName(ticket),
    technician: technician_name ?? technician_id ?? '',
    agreed: visit ? 'yes' : 'no',
    window: visit ? formatter.formatTimeWindow(visit, timeZone) : '',
    cause: stripFinalStop(ticket.cause),
    work: stripFinalStop(ticket.work),
    replaced: parts.length > 0 ? 'yes' : 'no',
    parts: parts.map(({ part, quantity }) => `${quantity} × ${formatter.partName(part)}`).join(', '),
    planned: next_service_at ? 'yes' : 'no',
    next: next_service_at ? formatter.formatDate(next_service_at.getTime(), timeZone) : '',
  }
}

/** Remove full stops at the end: the message adds its own. */
function stripFinalStop(text: string | null): string {
  return (text ?? '').trim().replace(/[.。]+$/, '')
}

async function withdrawReminders(trx: Transaction<Records>, ticket: string): Promise<void> {
  await trx
    .updateTable('notices')
    .set({ state: 'done', next_attempt_at: null })
    .where('ticket_id', '=', ticket)
    .where('kind', '=', 'reminder')
    .where('state', '=', 'queued')
    .execute()
}
