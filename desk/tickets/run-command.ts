import type { Kysely, Selectable, Transaction, Updateable } from 'kysely'
import type { EventEntry } from '../../contract/entry.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { type CommandOrder, CommandRefusedError, type Resolution, type TicketCommand } from './command.ts'
import { effectOf } from './effect.ts'
import { decide, type TicketStates } from './machines.ts'

type Ticket = Selectable<TicketsTable>

/**
 * Carries out a command on a ticket: its states, a step of its history and a `ticket_changed` event in the caller's
 * transaction. Given again under the same id it has no second effect.
 * @returns the ticket as it is then
 * @throws CommandRefusedError when there is no such ticket, it is not in a state for this, or has changed meanwhile
 */
export async function runCommand(trx: Transaction<Records>, order: CommandOrder): Promise<Ticket> {
  const ticket = await lockTicket(trx, order.ticket)
  if (await isDone(trx, order)) return ticket
  if (order.ifVersion !== undefined && order.ifVersion !== ticket.version) {
    throw new CommandRefusedError(
      'changed_meanwhile',
      `ticket ${ticket.number} has changed meanwhile: it is at version ${ticket.version}, not ${order.ifVersion}. Look at it again`,
    )
  }
  checkCommand(order)
  const before = statesOf(ticket)
  const decision = decide(before, order.command)
  if (decision.is === 'refused') {
    throw new CommandRefusedError('not_allowed', `Ticket ${ticket.number}: ${decision.because}`)
  }
  const changed = await change(
    trx,
    ticket,
    {
      ...effectOf(ticket, order, decision.states),
      work_state: decision.states.work,
      operator_state: decision.states.operator,
    },
    order.at,
  )
  await note(trx, order, before, decision.states)
  if (order.command.do === 'resolve') await tellReplacement(trx, ticket, { ...order.command, at: order.at })
  return changed
}

/** The same in a transaction of its own. @throws CommandRefusedError */
export function orderCommand(db: Kysely<Records>, order: CommandOrder): Promise<Ticket> {
  return db.transaction().execute((trx) => runCommand(trx, order))
}

async function lockTicket(trx: Transaction<Records>, id: string): Promise<Ticket> {
  const ticket = await trx
    .selectFrom('tickets')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (ticket === undefined)
    throw new CommandRefusedError('unknown_ticket', `There is no ticket ${JSON.stringify(id)}`)
  return ticket
}

async function isDone(trx: Transaction<Records>, order: CommandOrder): Promise<boolean> {
  const step = await trx
    .selectFrom('ticket_history')
    .select('step_id')
    .where('ticket_id', '=', order.ticket)
    .where('step_id', '=', stepId(order))
    .executeTakeFirst()
  return step !== undefined
}

function change(
  trx: Transaction<Records>,
  ticket: Ticket,
  set: Updateable<TicketsTable>,
  at: number,
): Promise<Ticket> {
  return trx
    .updateTable('tickets')
    .set({ ...set, version: ticket.version + 1, updated_at: new Date(at) })
    .where('id', '=', ticket.id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

async function note(
  trx: Transaction<Records>,
  order: CommandOrder,
  before: TicketStates,
  after: TicketStates,
): Promise<void> {
  const { ticket, actor, reason, at, command } = order
  const { do: did, ...details } = command
  await trx
    .insertInto('ticket_history')
    .values({
      ticket_id: ticket,
      step_id: stepId(order),
      at: new Date(at),
      actor,
      what: did,
      detail: JSON.stringify({ from: before.work, to: after.work, reason, ...details }),
    })
    .execute()
  const data = { did, actor, from: before.work, to: after.work }
  await recordDeskEvent(trx, { type: 'ticket_changed', ticket, at, data })
}

function stepId({ id }: CommandOrder): string {
  return `command:${id}`
}

function statesOf({ work_state, operator_state, waiting_since }: Ticket): TicketStates {
  return { work: work_state, operator: operator_state, waiting: waiting_since !== null }
}

/** Refuses what no state of a ticket would make right. @throws CommandRefusedError */
function checkCommand(order: CommandOrder): void {
  const missing = faultOf(order.command, order)
  if (missing !== undefined)
    throw new CommandRefusedError('not_allowed', `${order.command.do} needs ${missing}`)
}

function faultOf(command: TicketCommand, { reason = '', at }: Pick<CommandOrder, 'reason' | 'at'>) {
  const needsReason = command.do === 'shelve' || command.do === 'cancel' || command.do === 'reopen'
  if (needsReason && isBlank(reason)) return 'a reason'
  if (command.do === 'shelve' && command.until <= at) return 'an end in the future'
  if (command.do === 'note' && isBlank(command.text)) return 'a text'
  if (command.do === 'book_visit') return faultOfVisit(command, at)
  return command.do === 'resolve' ? faultOfReport(command) : undefined
}

function faultOfVisit({ from, until }: { from: number; until: number }, at: number): string | undefined {
  if (from >= until) return 'a beginning before its end'
  return until <= at ? 'an end in the future' : undefined
}

function faultOfReport({
  cause,
  work,
  parts,
}: Extract<TicketCommand, { do: 'resolve' }>): string | undefined {
  if (isBlank(cause) || isBlank(work)) return 'a cause and the work that was done'
  const isCounted = parts.every(({ quantity }) => Number.isInteger(quantity) && quantity > 0)
  return isCounted ? undefined : 'whole numbers of parts, from 1 on'
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}

/**
 * Tells the journal that a worn part was replaced: the rules begin a new epoch, and its finished life teaches the cohort.
 * A part that was not worn, changed on suspicion, would teach a life that had not ended: it is not told.
 */
async function tellReplacement(
  trx: Transaction<Records>,
  { id, device_id: device, component }: Selectable<TicketsTable>,
  { verdict, parts, at }: Pick<Resolution, 'verdict' | 'parts'> & { at: number },
): Promise<void> {
  if (verdict !== 'worn' || parts.length === 0) return
  const entry: EventEntry = {
    type: 'event',
    receivedAt: at,
    device,
    ts: at,
    event: 'part_replaced',
    component,
  }
  await trx
    .insertInto('journal_outbox')
    .values({ id: `replaced:${id}:${at}`, entry: JSON.stringify(entry), created_at: new Date(at) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
