import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { EscalationsTable } from '../../store/records/desk-schema.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { CommandRejectedError } from './command.ts'
import { runCommandInTransaction } from './run-command.ts'
import { type EscalationStep, escalationTimes, reachedEscalations, slaTargets } from './sla-clocks.ts'
import { type SlaClockName, slaClocksOf } from './ticket-sla.ts'

type Ticket = Selectable<TicketsTable>

const activeWorkStates = ['open', 'assigned', 'en_route', 'in_progress'] as const
/** Time between resolution and closing, in which an owner can report that the repair failed. */
const autoCloseAfterMs = 3 * dayMs
/** Longest time between `at_risk` and the due time of any clock. */
const maxRiskLeadMs = Math.max(
  ...Object.values(slaTargets).map(
    ({ solutionMs: targetMs }) => -escalationTimes({ targetMs, dueAt: 0 }).at_risk,
  ),
)

/**
 * Apply the timers of tickets: escalate clocks that are at risk or breached, unshelve tickets, close resolved ones. All
 * times are stored in the tickets, so a late sweep catches up, each step once.
 */
export async function sweepTicketTimers(db: Kysely<Records>, now: Date): Promise<void> {
  const soon = new Date(now.getTime() + maxRiskLeadMs)
  const due = await db
    .selectFrom('tickets')
    .select('id')
    .where('work_state', 'in', activeWorkStates)
    .where('waiting_since', 'is', null)
    .where(sql<boolean>`((respond_by <= ${soon} and responded_at is null) or solve_by <= ${soon})`)
    .orderBy('created_at')
    .execute()
  for (const { id } of due) await db.transaction().execute((trx) => escalate(trx, id, now))
  await unshelveDue(db, now)
  await closeResolved(db, now)
}

async function escalate(trx: Transaction<Records>, id: string, now: Date): Promise<void> {
  const read = trx
    .selectFrom('tickets')
    .selectAll()
    .where('id', '=', id)
    .where('work_state', 'in', activeWorkStates)
  const seen = await read.executeTakeFirst()
  if (seen === undefined || (await pendingEscalations(trx, seen, now)).length === 0) return
  const ticket = await read.forUpdate().executeTakeFirst()
  if (ticket === undefined) return
  for (const { clock, step } of await pendingEscalations(trx, ticket, now))
    await recordEscalation(trx, ticket, { clock, step, now })
}

/** Return the escalation steps that were reached and not recorded yet, in order. */
async function pendingEscalations(trx: Transaction<Records>, ticket: Ticket, now: Date) {
  const reached = Object.entries(slaClocksOf(ticket)).flatMap(([clock, state]) =>
    reachedEscalations(state, now.getTime()).map((step) => ({ clock: clock as SlaClockName, step })),
  )
  if (reached.length === 0) return []
  const recorded = await trx
    .selectFrom('escalations')
    .selectAll()
    .where('ticket_id', '=', ticket.id)
    .execute()
  return reached.filter(
    ({ clock, step }) => !recorded.some((one) => one.clock === clock && one.step === step),
  )
}

async function recordEscalation(
  trx: Transaction<Records>,
  ticket: Ticket,
  { clock, step, now }: { clock: SlaClockName; step: EscalationStep; now: Date },
): Promise<void> {
  const recipient = escalationRecipient(step, ticket)
  const escalation = { ticket_id: ticket.id, clock, step, told: recipient, at: now }
  await trx.insertInto('escalations').values(escalation).execute()
  await trx
    .insertInto('ticket_history')
    .values({
      ticket_id: ticket.id,
      step_id: `escalated:${clock}:${step}`,
      at: now,
      actor: 'desk',
      what: 'escalated',
      detail: JSON.stringify({ clock, step, recipient }),
    })
    .execute()
  await trx
    .updateTable('tickets')
    .set({ version: sql`version + 1`, updated_at: now })
    .where('id', '=', ticket.id)
    .execute()
  const data = { clock, step, recipient }
  await recordDeskEvent(trx, { type: 'escalated', ticket: ticket.id, at: now.getTime(), data })
}

function escalationRecipient(step: EscalationStep, { technician_id }: Ticket): EscalationsTable['told'] {
  if (step === 'overdue') return 'service_manager'
  return step === 'at_risk' && technician_id !== null ? 'technician' : 'dispatcher'
}

async function unshelveDue(db: Kysely<Records>, now: Date): Promise<void> {
  const due = await db
    .selectFrom('tickets')
    .select(['id', 'version'])
    .where('operator_state', '=', 'shelved')
    .where('work_state', '=', 'open')
    .where('shelved_until', '<=', now)
    .execute()
  for (const { id, version } of due) await runTimedCommand(db, { id, version, now, command: 'unshelve' })
}

async function closeResolved(db: Kysely<Records>, now: Date): Promise<void> {
  const due = await db
    .selectFrom('tickets')
    .select(['id', 'version'])
    .where('work_state', '=', 'resolved')
    .where('resolved_at', '<=', new Date(now.getTime() - autoCloseAfterMs))
    .execute()
  for (const { id, version } of due) await runTimedCommand(db, { id, version, now, command: 'close' })
}

interface TimedCommand {
  id: string
  version: number
  now: Date
  command: 'unshelve' | 'close'
}

/** Run a command of the desk. A rejection means that a person or another sweep was faster. */
async function runTimedCommand(
  db: Kysely<Records>,
  { id, version, now, command }: TimedCommand,
): Promise<void> {
  const request = {
    ticket: id,
    actor: 'desk',
    at: now.getTime(),
    expectedVersion: version,
    command: { do: command },
  }
  try {
    await runCommandInTransaction(db, { ...request, id: `${command}:${id}:${version}` })
  } catch (error) {
    if (!(error instanceof CommandRejectedError)) throw error
  }
}
