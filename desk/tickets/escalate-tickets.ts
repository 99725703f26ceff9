import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { EscalationsTable } from '../../store/records/desk-schema.ts'
import { toRecordsetJson } from '../../store/records/pg-values.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvents } from '../desk-events.ts'
import { type EscalationStep, nextEscalationAt, reachedEscalations } from './sla-clocks.ts'
import { type SlaClockName, slaClocksOf } from './ticket-sla.ts'

type Ticket = Selectable<TicketsTable>

const activeWorkStates: readonly Ticket['work_state'][] = ['open', 'assigned', 'en_route', 'in_progress']
/** Tickets in one transaction: commands on them wait for its end. */
const batchSize = 200

/**
 * Escalate the clocks of tickets whose deadline has passed, and set their next one. Tickets that a command locks are left to
 * the next sweep.
 */
export async function escalateDueTickets(db: Kysely<Records>, now: Date): Promise<void> {
  for (let looked = batchSize; looked === batchSize; )
    looked = await db.transaction().execute((trx) => escalateBatch(trx, now))
}

/** @returns the number of tickets that were looked at */
async function escalateBatch(trx: Transaction<Records>, now: Date): Promise<number> {
  const tickets = await trx
    .selectFrom('tickets')
    .selectAll()
    .where('next_deadline', '<=', now)
    .orderBy('next_deadline')
    .limit(batchSize)
    .forUpdate()
    .skipLocked()
    .execute()
  if (tickets.length === 0) return 0
  const recorded = await loadRecordedSteps(trx, tickets)
  const stepsOf = (ticket: Ticket, clock: SlaClockName) =>
    recorded.get(stepsKey(ticket.id, clock)) ?? new Set<EscalationStep>()
  const pending = tickets.flatMap((ticket) =>
    runningClocks(ticket).flatMap(([clock, state]) =>
      reachedEscalations(state, now.getTime())
        .filter((step) => !stepsOf(ticket, clock).has(step))
        .map((step): Escalation => ({ ticket, clock, step, recipient: recipientOf(step, ticket) })),
    ),
  )
  await recordEscalations(trx, pending, now)
  const deadlines = tickets.map((ticket) => {
    const times = runningClocks(ticket).flatMap(([clock, state]) => {
      const reached = reachedEscalations(state, now.getTime())
      return nextEscalationAt(state, new Set([...stepsOf(ticket, clock), ...reached])) ?? []
    })
    return { id: ticket.id, at: times.length === 0 ? null : new Date(Math.min(...times)) }
  })
  await sql`
    update tickets set next_deadline = given.at
    from json_to_recordset(${toRecordsetJson(deadlines)}::json) as given (id text, at timestamptz)
    where tickets.id = given.id`.execute(trx)
  return tickets.length
}

/** Return the clocks that can escalate: none while the ticket waits for its owner, and none after the work. */
function runningClocks(ticket: Ticket) {
  if (!activeWorkStates.includes(ticket.work_state) || ticket.waiting_since !== null) return []
  return Object.entries(slaClocksOf(ticket)).map(([name, clock]) => [name as SlaClockName, clock] as const)
}

interface Escalation {
  ticket: Ticket
  clock: SlaClockName
  step: EscalationStep
  recipient: EscalationsTable['told']
}

function recipientOf(step: EscalationStep, { technician_id }: Ticket): EscalationsTable['told'] {
  if (step === 'overdue') return 'service_manager'
  return step === 'at_risk' && technician_id !== null ? 'technician' : 'dispatcher'
}

/** Return the recorded escalation steps of tickets, by ticket and clock. */
async function loadRecordedSteps(
  trx: Transaction<Records>,
  tickets: readonly Ticket[],
): Promise<Map<string, Set<EscalationStep>>> {
  const rows = await trx
    .selectFrom('escalations')
    .select(['ticket_id', 'clock', 'step'])
    .where(
      'ticket_id',
      'in',
      tickets.map(({ id }) => id),
    )
    .execute()
  const steps = new Map<string, Set<EscalationStep>>()
  for (const { ticket_id, clock, step } of rows) {
    const key = stepsKey(ticket_id, clock)
    steps.set(key, (steps.get(key) ?? new Set<EscalationStep>()).add(step))
  }
  return steps
}

function stepsKey(ticket: string, clock: SlaClockName): string {
  return `${clock} ${ticket}`
}

async function recordEscalations(
  trx: Transaction<Records>,
  escalations: readonly Escalation[],
  now: Date,
): Promise<void> {
  if (escalations.length === 0) return
  const rows = escalations.map(({ ticket: { id }, clock, step, recipient }) => ({
    id,
    clock,
    step,
    recipient,
  }))
  await sql`
    with given as (
      select * from json_to_recordset(${toRecordsetJson(rows)}::json)
        as given (id text, clock text, step text, recipient text)
    ), escalated as (
      insert into escalations (ticket_id, clock, step, told, at)
      select id, clock, step, recipient, ${now} from given
    ), steps as (
      insert into ticket_history (ticket_id, step_id, at, actor, what, detail)
      select id, 'escalated:' || clock || ':' || step, ${now}, 'desk', 'escalated',
        json_build_object('clock', clock, 'step', step, 'recipient', recipient)
      from given
    )
    update tickets set version = version + counted.steps, updated_at = ${now}
    from (select id, count(*)::integer as steps from given group by id) as counted
    where tickets.id = counted.id`.execute(trx)
  await recordDeskEvents(
    trx,
    rows.map(({ id, ...data }) => ({ type: 'escalated', ticket: id, at: now.getTime(), data })),
  )
}
