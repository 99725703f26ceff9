import type { Transaction } from 'kysely'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, type Recipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import type { DeskEvent } from '../desk-events.ts'
import type { DeskEventHandler } from '../process-desk-events.ts'
import { reportedParts } from '../tickets/reported-parts.ts'
import { loadTicketView, noticeSubject, type TicketView } from './ticket-view.ts'

/** What an owner is told of a visit: for each command the message, and what made it. */
const progressMessages: Readonly<Record<string, { key: string; made: 'progress' | 'report' }>> = {
  assign: { key: 'visit_accepted', made: 'progress' },
  book_visit: { key: 'visit_booked', made: 'progress' },
  depart: { key: 'technician_on_way', made: 'progress' },
  arrive: { key: 'repair_started', made: 'progress' },
  cancel: { key: 'visit_cancelled', made: 'progress' },
  resolve: { key: 'service_report', made: 'report' },
}

/** What is over with a command: nobody has to be reminded of it, or to be told of what was before. */
const endingCommands = new Set(['resolve', 'cancel', 'close'])

/** Tells the owner how the work on his appliance goes on; what he did himself he is not told. */
export function ownerProgressHandler(messages: MessageCatalog): DeskEventHandler {
  return async (trx, event, now) => {
    if (event.type !== 'ticket_changed' || event.ticket === null) return
    if (endingCommands.has(event.data.did)) await withdrawReminders(trx, event.ticket)
    const notice = progressMessages[event.data.did]
    const ticket = await loadTicketView(trx, event.ticket)
    if (notice === undefined || ticket === undefined || !shouldNotifyOwner(ticket, event.data)) return
    const reader = await loadRecipient(trx, ticket.owner_id ?? '', { messages })
    await writeNotices(trx, [
      {
        ...noticeSubject(ticket, event.at),
        recipient: reader,
        dedupeKey: `${notice.key}:${ticket.id}:${dedupeSuffix(ticket, event)}`,
        noticeKind: notice.made,
        messageKey: notice.key,
        ...reader.messages.renderMessage(notice.key, await messageValues(trx, { ticket, event, reader })),
        actions: event.data.did === 'assign' && ticket.visit_from === null ? ['book'] : [],
        now,
      },
    ])
  }
}

/** The same technician for the same visit once more is no news; another one, or another time, is. */
function dedupeSuffix(ticket: TicketView, { type, data, cursor }: DeskEvent): string {
  const isAgreement = type === 'ticket_changed' && (data.did === 'assign' || data.did === 'book_visit')
  return isAgreement ? `${ticket.technician_id}/${ticket.visit_from?.toISOString()}` : cursor
}

function shouldNotifyOwner(
  { owner_id, responded_at }: TicketView,
  { did, actor }: { did: string; actor: string },
): boolean {
  if (owner_id === null || actor === `owner:${owner_id}`) return false
  // Nobody waits for a visit that was never spoken of.
  return did !== 'cancel' || responded_at !== null
}

interface ProgressContext {
  ticket: TicketView
  event: DeskEvent
  reader: Recipient
}

async function messageValues(
  trx: Transaction<Records>,
  { ticket, event, reader: { messages, timeZone } }: ProgressContext,
): Promise<Record<string, string>> {
  const { formatter: words } = messages
  const { technician_name, technician_id, visit_from, visit_until, next_service_at } = ticket
  const visit =
    visit_from && visit_until ? { from: visit_from.getTime(), until: visit_until.getTime() } : undefined
  const isReport = event.type === 'ticket_changed' && event.data.did === 'resolve'
  const parts = isReport ? await reportedParts(trx, ticket.id) : []
  return {
    device: words.deviceName(ticket),
    technician: technician_name ?? technician_id ?? '',
    agreed: visit ? 'yes' : 'no',
    window: visit ? words.formatTimeWindow(visit, timeZone) : '',
    cause: stripFinalStop(ticket.cause),
    work: stripFinalStop(ticket.work),
    replaced: parts.length > 0 ? 'yes' : 'no',
    parts: parts.map(({ part, quantity }) => `${quantity} × ${words.partName(part)}`).join(', '),
    planned: next_service_at ? 'yes' : 'no',
    next: next_service_at ? words.formatDate(next_service_at.getTime(), timeZone) : '',
  }
}

/** The sentence has a stop of its own. */
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
