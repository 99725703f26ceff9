import type { Selectable, Updateable } from 'kysely'
import type { TicketsTable } from '../../store/records/schema.ts'
import type { CommandRequest } from './command.ts'
import { slaTargets } from './sla-clocks.ts'
import type { TicketStates } from './state-machines.ts'

type Ticket = Selectable<TicketsTable>
type TicketChange = Updateable<TicketsTable>

/** Return the column changes of an allowed command, without the states. */
export function changesFor(
  ticket: Ticket,
  { command, at }: CommandRequest,
  after: TicketStates,
): TicketChange {
  const now = new Date(at)
  const clocks = clockChanges(ticket, after, at)
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
      return { ...clocks, ...resolutionChanges(command, now) }
    case 'reopen':
      return {
        technician_id: null,
        resolved_at: null,
        verdict: null,
        cause: null,
        work: null,
        ...clearedVisit,
      }
    case 'close':
    case 'cancel':
      return { ...clocks, closed_at: now }
    case 'book_visit':
      return { ...clocks, ...visitChanges(ticket, clocks, { ...command, at }) }
    default:
      return clocks
  }
}

const clearedVisit = { visit_from: null, visit_until: null }

function resolutionChanges(
  command: Extract<CommandRequest['command'], { do: 'resolve' }>,
  now: Date,
): TicketChange {
  const { verdict, cause, work, nextServiceAt } = command
  const next_service_at = nextServiceAt === undefined ? null : new Date(nextServiceAt)
  return { resolved_at: now, verdict, cause, work, next_service_at }
}

/** Pause the SLA clocks while the ticket waits for its owner, and extend the due times by the time waited. */
function clockChanges(ticket: Ticket, after: TicketStates, at: number): TicketChange {
  const since = ticket.waiting_since?.getTime()
  if (since === undefined) return after.waitingForOwner ? { waiting_since: new Date(at) } : {}
  if (after.waitingForOwner) return {}
  const waited = Math.max(0, at - since)
  return {
    waiting_since: null,
    waited_ms: Number(ticket.waited_ms) + waited,
    ...(ticket.responded_at === null && { respond_by: addMs(ticket.respond_by, waited) }),
    ...(!isSolved(ticket) && { solve_by: addMs(ticket.solve_by, waited) }),
  }
}

/**
 * Set the visit. When the owner chooses a time after the due time of the solution, the end of the visit becomes the due
 * time; a visit that is booked after the due time has passed does not extend it.
 */
function visitChanges(
  ticket: Ticket,
  clocks: TicketChange,
  { from, until, at }: { from: number; until: number; at: number },
): TicketChange {
  const due = (clocks.solve_by as Date | undefined) ?? ticket.solve_by
  const visit = { visit_from: new Date(from), visit_until: new Date(until) }
  if (due === null || due.getTime() >= until || due.getTime() < at || isSolved(ticket)) return visit
  return { ...visit, solve_by: visit.visit_until }
}

function isSolved(ticket: Ticket): boolean {
  const at = slaTargets[ticket.sla].solvedBy === 'on_site' ? ticket.on_site_at : ticket.resolved_at
  return at !== null
}

function addMs(time: Date | null, ms: number): Date | null {
  return time === null ? null : new Date(time.getTime() + ms)
}
