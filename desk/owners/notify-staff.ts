import type { Transaction } from 'kysely'
import { technicianUserPrefix } from '../../contract/ids.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, type Recipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import type { DeskEvent } from '../desk-events.ts'
import type { DeskEventHandler } from '../process-desk-events.ts'
import { loadTicketView, noticeSubject, type TicketView } from './ticket-view.ts'

/** Message to a member of the staff about a desk event. */
interface StaffMessage {
  user: string
  messageKey: string
  values(recipient: Recipient): Record<string, string | number>
}

/**
 * Create the handler that sends urgent notices to staff. `technician:<id>`, `dispatcher` and `service_manager` are users
 * like owners, with their own inbox, topic and contacts.
 */
export function staffNotificationHandler(messages: MessageCatalog): DeskEventHandler {
  return async (trx, event, now) => {
    const ticket = event.ticket === null ? undefined : await loadTicketView(trx, event.ticket)
    const message = staffMessageFor(event, ticket)
    if (message === undefined) return
    const timeZone = await timeZoneOf(trx, message.user)
    const recipient = await loadRecipient(trx, message.user, { messages, timeZone })
    await writeNotices(trx, [
      {
        ...(ticket ? noticeSubject(ticket, event.at) : { ...noSubject, at: event.at }),
        recipient,
        dedupeKey: `${message.messageKey}:${event.cursor}`,
        noticeKind: 'staff',
        messageKey: message.messageKey,
        ...recipient.messages.renderMessage(message.messageKey, message.values(recipient)),
        urgent: true,
        now,
      },
    ])
  }
}

const noSubject = {
  device: null,
  ticket: null,
  kind: null,
  component: null,
  severity: 'minor',
  evidence: null,
} as const

function staffMessageFor(event: DeskEvent, ticket: TicketView | undefined): StaffMessage | undefined {
  if (event.type === 'stock_low') return stockLowMessage(event.data)
  if (ticket === undefined) return undefined
  const about = ({ messages: { formatter } }: Recipient) => ({
    number: ticket.number,
    device: formatter.deviceName(ticket),
  })
  switch (event.type) {
    case 'escalated': {
      const { clock, step, recipient: role } = event.data
      const due = (clock === 'response' ? ticket.respond_by : ticket.solve_by)?.getTime() ?? event.at
      const user = role === 'technician' ? technicianUser(ticket.technician_id) : role
      const values = (recipient: Recipient) => ({
        ...about(recipient),
        clock,
        step,
        due: formatForRecipient(recipient, due),
      })
      return { user, messageKey: 'ticket_escalated', values }
    }
    case 'offer_made': {
      const { technician: id, reasons, answerBy } = event.data
      const values = (recipient: Recipient) => ({
        ...about(recipient),
        reasons: joinReasons(reasons),
        due: formatForRecipient(recipient, answerBy),
      })
      return { user: technicianUser(id), messageKey: 'visit_offered', values }
    }
    case 'no_technician_available': {
      const reasons = joinReasons(event.data.reasons)
      return {
        user: 'dispatcher',
        messageKey: 'no_technician_left',
        values: (recipient) => ({ ...about(recipient), reasons }),
      }
    }
    case 'survey_answered': {
      const { score, comment } = event.data
      if (score >= satisfiedScore) return undefined
      const values = (recipient: Recipient) => ({ ...about(recipient), score, comment: comment ?? '' })
      return { user: 'service_manager', messageKey: 'low_score', values }
    }
    default:
      return undefined
  }
}

/** Lowest score of 1 to 5 that is not reported to the service manager. */
const satisfiedScore = 4

function stockLowMessage({
  part,
  depot,
  available,
  safety,
}: {
  part: string
  depot: string
  available: number
  safety: number
}): StaffMessage {
  const values = ({ messages: { formatter } }: Recipient) => ({
    part: formatter.partName(part),
    depot,
    available,
    safety,
  })
  return { user: 'dispatcher', messageKey: 'stock_low', values }
}

function formatForRecipient({ messages: { formatter }, timeZone }: Recipient, at: number): string {
  return formatter.formatDateTime(at, timeZone)
}

function joinReasons(reasons: readonly string[]): string {
  return reasons.join('; ')
}

function technicianUser(id: string | null): string {
  return id === null ? 'dispatcher' : `${technicianUserPrefix}${id}`
}

async function timeZoneOf(trx: Transaction<Records>, user: string): Promise<string> {
  if (!user.startsWith(technicianUserPrefix)) return 'UTC'
  const found = await trx
    .selectFrom('technicians')
    .select('time_zone')
    .where('id', '=', user.slice(technicianUserPrefix.length))
    .executeTakeFirst()
  return found?.time_zone ?? 'UTC'
}
