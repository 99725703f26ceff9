import type { Selectable } from 'kysely'
import type { TicketsTable } from '../../store/records/schema.ts'
import { type SlaClock, slaTargets } from './sla-clocks.ts'

type TicketSlaColumns = Pick<
  Selectable<TicketsTable>,
  | 'sla'
  | 'work_state'
  | 'respond_by'
  | 'responded_at'
  | 'solve_by'
  | 'on_site_at'
  | 'resolved_at'
  | 'waiting_since'
>

export type SlaClockName = 'response' | 'solution'

/** Return the SLA clocks of a ticket; none for a cancelled ticket, or one without due times. */
export function slaClocksOf(ticket: TicketSlaColumns): Partial<Record<SlaClockName, SlaClock>> {
  const { respond_by, solve_by, work_state } = ticket
  if (respond_by === null || solve_by === null || work_state === 'cancelled') return {}
  const { responseMs, solutionMs, solvedBy } = slaTargets[ticket.sla]
  const solvedAt = solvedBy === 'on_site' ? ticket.on_site_at : ticket.resolved_at
  const waitingSince = ticket.waiting_since?.getTime()
  const clock = (targetMs: number, due: Date, met: Date | null): SlaClock => ({
    targetMs,
    dueAt: due.getTime(),
    metAt: met?.getTime(),
    pausedSince: waitingSince,
  })
  return {
    response: clock(responseMs, respond_by, ticket.responded_at),
    solution: clock(solutionMs, solve_by, solvedAt),
  }
}
