import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { EscalationsTable } from '../../store/records/desk-schema.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { type ClockStep, reachedSteps, stepsAt, targets } from './clocks.ts'
import { CommandRefusedError } from './command.ts'
import { orderCommand } from './run-command.ts'
import { clocksOf, type TicketClock } from './ticket-clocks.ts'

type Ticket = Selectable<TicketsTable>

const running = ['open', 'assigned', 'en_route', 'in_progress'] as const
/** So long an owner may say that it is not repaired after all. */
const closeAfterMs = 3 * dayMs
/** No clock is at risk sooner before its end than this. */
const longestRiskMs = Math.max(
  ...Object.values(targets).map(({ solutionMs: targetMs }) => -stepsAt({ targetMs, dueAt: 0 }).at_risk),
)

/**
 * What time alone does to tickets: clocks that are at risk or over escalate, shelved tickets come back, resolved ones are
 * closed. All of it is read from the tickets, so a sweep that comes late does what was missed, each step once.
 */
export async function sweepClocks(db: Kysely<Records>, now: Date): Promise<void> {
  const soon = new Date(now.getTime() + longestRiskMs)
  const due = await db
    .selectFrom('tickets')
    .select('id')
    .where('work_state', 'in', running)
    .where('waiting_since', 'is', null)
    .where(sql<boolean>`((respond_by <= ${soon} and responded_at is null) or solve_by <= ${soon})`)
    .orderBy('created_at')
    .execute()
  for (const { id } of due) await db.transaction().execute((trx) => escalate(trx, id, now))
  await unshelve(db, now)
  await close(db, now)
}

async function escalate(trx: Transaction<Records>, id: string, now: Date): Promise<void> {
  const read = trx.selectFrom('tickets').selectAll().where('id', '=', id).where('work_state', 'in', running)
  const seen = await read.executeTakeFirst()
  if (seen === undefined || (await missing(trx, seen, now)).length === 0) return
  const ticket = await read.forUpdate().executeTakeFirst()
  if (ticket === undefined) return
  for (const { clock, step } of await missing(trx, ticket, now)) await tell(trx, ticket, { clock, step, now })
}

/** The steps that were reached and not yet told, in their order. */
async function missing(trx: Transaction<Records>, ticket: Ticket, now: Date) {
  const reached = Object.entries(clocksOf(ticket)).flatMap(([clock, state]) =>
    reachedSteps(state, now.getTime()).map((step) => ({ clock: clock as TicketClock, step })),
  )
  if (reached.length === 0) return []
  const told = await trx.selectFrom('escalations').selectAll().where('ticket_id', '=', ticket.id).execute()
  return reached.filter(({ clock, step }) => !told.some((one) => one.clock === clock && one.step === step))
}

async function tell(
  trx: Transaction<Records>,
  ticket: Ticket,
  { clock, step, now }: { clock: TicketClock; step: ClockStep; now: Date },
): Promise<void> {
  const told = toldOf(step, ticket)
  const escalation = { ticket_id: ticket.id, clock, step, told, at: now }
  await trx.insertInto('escalations').values(escalation).execute()
  await trx
    .insertInto('ticket_history')
    .values({
      ticket_id: ticket.id,
      step_id: `escalated:${clock}:${step}`,
      at: now,
      actor: 'desk',
      what: 'escalated',
      detail: JSON.stringify({ clock, step, told }),
    })
    .execute()
  await trx
    .updateTable('tickets')
    .set({ version: sql`version + 1`, updated_at: now })
    .where('id', '=', ticket.id)
    .execute()
  const data = { clock, step, told }
  await recordDeskEvent(trx, { type: 'escalated', ticket: ticket.id, at: now.getTime(), data })
}

function toldOf(step: ClockStep, { technician_id }: Ticket): EscalationsTable['told'] {
  if (step === 'overdue') return 'service_manager'
  return step === 'at_risk' && technician_id !== null ? 'technician' : 'dispatcher'
}

async function unshelve(db: Kysely<Records>, now: Date): Promise<void> {
  const due = await db
    .selectFrom('tickets')
    .select(['id', 'version'])
    .where('operator_state', '=', 'shelved')
    .where('work_state', '=', 'open')
    .where('shelved_until', '<=', now)
    .execute()
  for (const { id, version } of due) await orderByTime(db, { id, version, now, what: 'unshelve' })
}

async function close(db: Kysely<Records>, now: Date): Promise<void> {
  const due = await db
    .selectFrom('tickets')
    .select(['id', 'version'])
    .where('work_state', '=', 'resolved')
    .where('resolved_at', '<=', new Date(now.getTime() - closeAfterMs))
    .execute()
  for (const { id, version } of due) await orderByTime(db, { id, version, now, what: 'close' })
}

interface TimedOrder {
  id: string
  version: number
  now: Date
  what: 'unshelve' | 'close'
}

/** Where somebody, or another sweep, was faster, there is nothing left to do. */
async function orderByTime(db: Kysely<Records>, { id, version, now, what }: TimedOrder): Promise<void> {
  const order = { ticket: id, actor: 'desk', at: now.getTime(), ifVersion: version, command: { do: what } }
  try {
    await orderCommand(db, { ...order, id: `${what}:${id}:${version}` })
  } catch (error) {
    if (!(error instanceof CommandRefusedError)) throw error
  }
}
