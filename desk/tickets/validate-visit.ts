import type { Selectable, Transaction } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { CommandRejectedError, type TicketCommand } from './command.ts'

type Ticket = Selectable<TicketsTable>

/** Longest visit: a working day and its night. Anything longer is a typing error. */
const maxVisitMs = dayMs
/** How far ahead a visit can be booked. It moves the due time of the solution, which must stay a promise. */
const maxVisitLeadMs = 90 * dayMs

/** Return what is wrong with the times of a visit; undefined when nothing is. */
export function visitTimeProblem(
  { from, until }: { from: number; until: number },
  now: number,
): string | undefined {
  if (from >= until) return 'a start before its end'
  if (until <= now) return 'an end in the future'
  if (until - from > maxVisitMs) return 'a visit of at most 24 hours: check the dates'
  return from - now > maxVisitLeadMs ? 'a start within the next 90 days: check the dates' : undefined
}

/**
 * Check an assignment or a visit against the technician: active, and free at that time unless the command has `force`.
 * @throws CommandRejectedError
 */
export async function validateTechnician(
  trx: Transaction<Records>,
  ticket: Ticket,
  command: TicketCommand,
): Promise<void> {
  if (command.do === 'assign') {
    await requireActive(trx, command.technician)
    const { visit_from: from, visit_until: until } = ticket
    if (command.force || from === null || until === null) return
    await requireFree(trx, { ticket, technician: command.technician, from, until })
  }
  if (command.do !== 'book_visit' || command.force || ticket.technician_id === null) return
  const visit = { from: new Date(command.from), until: new Date(command.until) }
  await requireFree(trx, { ticket, technician: ticket.technician_id, ...visit })
}

async function requireActive(trx: Transaction<Records>, id: string): Promise<void> {
  const found = await trx.selectFrom('technicians').select('active').where('id', '=', id).executeTakeFirst()
  if (found?.active) return
  const why = found === undefined ? 'there is no such technician' : 'they are not active'
  throw new CommandRejectedError('not_allowed', `${id} cannot be assigned: ${why}. Choose another technician`)
}

interface PlannedVisit {
  ticket: Ticket
  technician: string
  from: Date
  until: Date
}

async function requireFree(
  trx: Transaction<Records>,
  { ticket, technician, from, until }: PlannedVisit,
): Promise<void> {
  // Of two visits that are booked at once, the second finds the first.
  await trx.selectFrom('technicians').select('id').where('id', '=', technician).forNoKeyUpdate().execute()
  const other = await trx
    .selectFrom('tickets')
    .select(['number', 'visit_from', 'visit_until'])
    .where('technician_id', '=', technician)
    .where('id', '!=', ticket.id)
    .where('work_state', 'in', ['assigned', 'en_route', 'in_progress'])
    .where('visit_from', '<', until)
    .where('visit_until', '>', from)
    .orderBy('visit_from')
    .limit(1)
    .executeTakeFirst()
  if (other === undefined) return
  const taken = `${other.visit_from?.toISOString()} to ${other.visit_until?.toISOString()}`
  throw new CommandRejectedError(
    'not_allowed',
    `${technician} has a visit for ticket ${other.number} from ${taken}. Choose another time, or repeat the command with "force": true`,
  )
}
