import type { Selectable, Updateable } from 'kysely'
import type { TicketsTable } from '../../store/records/schema.ts'
import { targets } from './clocks.ts'
import type { CommandOrder } from './command.ts'
import type { TicketStates } from './machines.ts'

type Ticket = Selectable<TicketsTable>
type Change = Updateable<TicketsTable>

/** What an allowed command changes besides the states. */
export function effectOf(ticket: Ticket, { command, at }: CommandOrder, after: TicketStates): Change {
  const now = new Date(at)
  const clocks = waitingOf(ticket, after, at)
  const responded = { responded_at: ticket.responded_at ?? now }
  switch (command.do) {
    case 'acknowledge':
      return { ...clocks, ...responded }
    case 'shelve':
      return { ...clocks, ...responded, shelved_until: new Date(command.until) }
    case 'unshelve':
      return { ...clocks, shelved_until: null }
    case 'assign':
      return { ...clocks, ...responded, technician_id: command.technician }
    case 'unassign':
      return { ...clocks, technician_id: null }
    case 'arrive':
      return { ...clocks, on_site_at: ticket.on_site_at ?? now }
    case 'resolve':
      return { ...clocks, ...report(command, now) }
    case 'reopen':
      return { technician_id: null, resolved_at: null, verdict: null, cause: null, work: null, ...noVisit }
    case 'close':
    case 'cancel':
      return { ...clocks, closed_at: now }
    case 'book_visit':
      return { ...clocks, ...appointment(ticket, clocks, { ...command, at }) }
    default:
      return clocks
  }
}

const noVisit = { visit_from: null, visit_until: null }

function report(command: Extract<CommandOrder['command'], { do: 'resolve' }>, now: Date): Change {
  const { verdict, cause, work, nextServiceAt } = command
  const next_service_at = nextServiceAt === undefined ? null : new Date(nextServiceAt)
  return { resolved_at: now, verdict, cause, work, next_service_at }
}

/** The clocks stand still while the owner is waited for, and go on as much later as that took. */
function waitingOf(ticket: Ticket, after: TicketStates, at: number): Change {
  const since = ticket.waiting_since?.getTime()
  if (since === undefined) return after.waiting ? { waiting_since: new Date(at) } : {}
  if (after.waiting) return {}
  const waited = Math.max(0, at - since)
  return {
    waiting_since: null,
    waited_ms: Number(ticket.waited_ms) + waited,
    ...(ticket.responded_at === null && { respond_by: later(ticket.respond_by, waited) }),
    ...(!isSolved(ticket) && { solve_by: later(ticket.solve_by, waited) }),
  }
}

/**
 * A visit that the owner wants later than was promised is in time when it is kept. One that is agreed on after the promise
 * was broken mends nothing.
 */
function appointment(
  ticket: Ticket,
  clocks: Change,
  { from, until, at }: { from: number; until: number; at: number },
): Change {
  const due = (clocks.solve_by as Date | undefined) ?? ticket.solve_by
  const visit = { visit_from: new Date(from), visit_until: new Date(until) }
  if (due === null || due.getTime() >= until || due.getTime() < at || isSolved(ticket)) return visit
  return { ...visit, solve_by: visit.visit_until }
}

function isSolved(ticket: Ticket): boolean {
  const at = targets[ticket.sla].solvedBy === 'on_site' ? ticket.on_site_at : ticket.resolved_at
  return at !== null
}

function later(time: Date | null, ms: number): Date | null {
  return time === null ? null : new Date(time.getTime() + ms)
}
