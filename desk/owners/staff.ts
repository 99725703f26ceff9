import type { Transaction } from 'kysely'
import type { MessageBook } from '../../notices/messages.ts'
import { type Reader, readerOf, writeNotices } from '../../notices/write-notice.ts'
import type { Records } from '../../store/records/schema.ts'
import type { DeskEvent } from '../desk-events.ts'
import type { Reaction } from '../handle-desk-events.ts'
import { aboutTicket, type TicketInWords, ticketInWords } from './ticket-in-words.ts'

/** Who is told what of something that happened at the desk. */
interface Message {
  user: string
  key: string
  values(reader: Reader): Record<string, string | number>
}

/**
 * Tells those who work at the desk and in the field what they have to know at once: `technician:<id>`, `dispatcher` and
 * `service_manager` are users like owners, with an inbox, a topic and contacts of their own.
 */
export function staffReaction(messages: MessageBook): Reaction {
  return async (trx, event, now) => {
    const ticket = event.ticket === null ? undefined : await ticketInWords(trx, event.ticket)
    const message = messageOf(event, ticket)
    if (message === undefined) return
    const timeZone = await timeZoneOf(trx, message.user)
    const reader = await readerOf(trx, message.user, { messages, timeZone })
    await writeNotices(trx, [
      {
        ...(ticket ? aboutTicket(ticket, event.at) : { ...aboutNothing, at: event.at }),
        reader,
        same: `${message.key}:${event.cursor}`,
        made: 'staff',
        key: message.key,
        ...reader.messages.say(message.key, message.values(reader)),
        urgent: true,
        now,
      },
    ])
  }
}

const aboutNothing = {
  device: null,
  ticket: null,
  kind: null,
  component: null,
  severity: 'minor',
  evidence: null,
} as const

function messageOf(event: DeskEvent, ticket: TicketInWords | undefined): Message | undefined {
  if (event.type === 'stock_low') return stockLow(event.data)
  if (ticket === undefined) return undefined
  const about = ({ messages: { words } }: Reader) => ({
    number: ticket.number,
    device: words.device(ticket),
  })
  switch (event.type) {
    case 'escalated': {
      const { clock, step, told } = event.data
      const due = (clock === 'response' ? ticket.respond_by : ticket.solve_by)?.getTime() ?? event.at
      const user = told === 'technician' ? technician(ticket.technician_id) : told
      const values = (reader: Reader) => ({ ...about(reader), clock, step, due: momentFor(reader, due) })
      return { user, key: 'ticket_escalated', values }
    }
    case 'offer_made': {
      const { technician: id, reasons, answerBy } = event.data
      const values = (reader: Reader) => ({
        ...about(reader),
        reasons: sentence(reasons),
        due: momentFor(reader, answerBy),
      })
      return { user: technician(id), key: 'visit_offered', values }
    }
    case 'nobody_to_send': {
      const reasons = sentence(event.data.reasons)
      return {
        user: 'dispatcher',
        key: 'nobody_to_send',
        values: (reader) => ({ ...about(reader), reasons }),
      }
    }
    case 'survey_answered': {
      const { score, comment } = event.data
      if (score >= contentFrom) return undefined
      const values = (reader: Reader) => ({ ...about(reader), score, comment: comment ?? '' })
      return { user: 'service_manager', key: 'low_score', values }
    }
    default:
      return undefined
  }
}

/** Of 5. */
const contentFrom = 4

function stockLow({
  part,
  depot,
  available,
  safety,
}: {
  part: string
  depot: string
  available: number
  safety: number
}): Message {
  const values = ({ messages: { words } }: Reader) => ({ part: words.part(part), depot, available, safety })
  return { user: 'dispatcher', key: 'stock_low', values }
}

function momentFor({ messages: { words }, timeZone }: Reader, at: number): string {
  return words.moment(at, timeZone)
}

function sentence(reasons: readonly string[]): string {
  return reasons.join('; ')
}

const technicianPrefix = 'technician:'

function technician(id: string | null): string {
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
