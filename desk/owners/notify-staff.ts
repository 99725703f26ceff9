import type { Transaction } from 'kysely'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, type Recipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import type { DeskEvent } from '../desk-events.ts'
import type { DeskEventHandler } from '../process-desk-events.ts'
import { loadTicketView, noticeSubject, type TicketView } from './ticket-view.ts'

/** Who is told what of something that happened at the desk. */
interface StaffMessage {
  user: string
  messageKey: string
  values(reader: Recipient): Record<string, string | number>
}

/**
 * Tells those who work at the desk and in the field what they have to know at once: `technician:<id>`, `dispatcher` and
 * `service_manager` are users like owners, with an inbox, a topic and contacts of their own.
 */
export function staffNotificationHandler(messages: MessageCatalog): DeskEventHandler {
  return async (trx, event, now) => {
    const ticket = event.ticket === null ? undefined : await loadTicketView(trx, event.ticket)
    const message = staffMessageFor(event, ticket)
    if (message === undefined) return
    const timeZone = await timeZoneOf(trx, message.user)
    const reader = await loadRecipient(trx, message.user, { messages, timeZone })
    await writeNotices(trx, [
      {
        ...(ticket ? noticeSubject(ticket, event.at) : { ...noSubject, at: event.at }),
        recipient: reader,
        dedupeKey: `${message.messageKey}:${event.cursor}`,
        noticeKind: 'staff',
        messageKey: message.messageKey,
        ...reader.messages.renderMessage(message.messageKey, message.values(reader)),
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
  const about = ({ messages: { formatter: words } }: Recipient) => ({
    number: ticket.number,
    device: words.deviceName(ticket),
  })
  switch (event.type) {
    case 'escalated': {
      const { clock, step, told } = event.data
      const due = (clock === 'response' ? ticket.respond_by : ticket.solve_by)?.getTime() ?? event.at
      const user = told === 'technician' ? technicianUser(ticket.technician_id) : told
      const values = (reader: Recipient) => ({
        ...about(reader),
        clock,
        step,
        due: formatForRecipient(reader, due),
      })
      return { user, messageKey: 'ticket_escalated', values }
    }
    case 'offer_made': {
      const { technician: id, reasons, answerBy } = event.data
      const values = (reader: Recipient) => ({
        ...about(reader),
        reasons: joinReasons(reasons),
        due: formatForRecipient(reader, answerBy),
      })
      return { user: technicianUser(id), messageKey: 'visit_offered', values }
    }
    case 'nobody_to_send': {
      const reasons = joinReasons(event.data.reasons)
      return {
        user: 'dispatcher',
        messageKey: 'nobody_to_send',
        values: (reader) => ({ ...about(reader), reasons }),
      }
    }
    case 'survey_answered': {
      const { score, comment } = event.data
      if (score >= satisfiedScore) return undefined
      const values = (reader: Recipient) => ({ ...about(reader), score, comment: comment ?? '' })
      return { user: 'service_manager', messageKey: 'low_score', values }
    }
    default:
      return undefined
  }
}

/** Of 5. */
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
  const values = ({ messages: { formatter: words } }: Recipient) => ({
    part: words.partName(part),
    depot,
    available,
    safety,
  })
  return { user: 'dispatcher', messageKey: 'stock_low', values }
}

function formatForRecipient({ messages: { formatter: words }, timeZone }: Recipient, at: number): string {
  return words.formatDateTime(at, timeZone)
}

function joinReasons(reasons: readonly string[]): string {
  return reasons.join('; ')
}

const technicianPrefix = 'technician:'

function technicianUser(id: string | null): string {
  return id === null ? 'dispatcher' : `${technicianPrefix}${id}`
}

async function timeZoneOf(trx: Transaction<Records>, user: string): Promise<string> {
  if (!user.startsWith(technicianPrefix)) return 'UTC'
  const found = await trx
    .selectFrom('technicians')
    .select('time_zone')
    .where('id', '=', user.slice(technicianPrefix.length))
    .executeTakeFirst()
  return found?.time_zone ?? 'UTC'
}
