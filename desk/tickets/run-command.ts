import type { Kysely, Selectable, Transaction, Updateable } from 'kysely'
import type { EventEntry } from '../../contract/entry.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { CommandRejectedError, type CommandRequest, type Resolution, type TicketCommand } from './command.ts'
import { changesFor } from './command-changes.ts'
import { decideTransition, type TicketStates } from './state-machines.ts'

type Ticket = Selectable<TicketsTable>

/**
 * Carries out a command on a ticket: its states, a step of its history and a `ticket_changed` event in the caller's
 * transaction. Given again under the same id it has no second effect.
 * @returns the ticket as it is then
 * @throws CommandRejectedError when there is no such ticket, it is not in a state for this, or has changed meanwhile
 */
export async function runCommand(trx: Transaction<Records>, request: CommandRequest): Promise<Ticket> {
  const ticket = await lockTicket(trx, request.ticket)
  if (await isAlreadyApplied(trx, request)) return ticket
  if (request.expectedVersion !== undefined && request.expectedVersion !== ticket.version) {
    throw new CommandRejectedError(
      'changed_meanwhile',
      `ticket ${ticket.number} has changed meanwhile: it is at version ${ticket.version}, not ${request.expectedVersion}. Look at it again`,
    )
  }
  validateCommand(request)
  const before = statesOf(ticket)
  const decision = decideTransition(before, request.command)
  if (decision.is === 'refused') {
    throw new CommandRejectedError('not_allowed', `Ticket ${ticket.number}: ${decision.because}`)
  }
  const changed = await updateTicket(
    trx,
    ticket,
    {
      ...changesFor(ticket, request, decision.states),
      work_state: decision.states.work,
      operator_state: decision.states.operator,
    },
    request.at,
  )
  await recordStep(trx, request, before, decision.states)
  if (request.command.do === 'resolve')
    await enqueueReplacementEvent(trx, ticket, { ...request.command, at: request.at })
  return changed
}

/** The same in a transaction of its own. @throws CommandRejectedError */
export function runCommandInTransaction(db: Kysely<Records>, order: CommandRequest): Promise<Ticket> {
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
    throw new CommandRejectedError('unknown_ticket', `There is no ticket ${JSON.stringify(id)}`)
  return ticket
}

async function isAlreadyApplied(trx: Transaction<Records>, order: CommandRequest): Promise<boolean> {
  const step = await trx
    .selectFrom('ticket_history')
    .select('step_id')
    .where('ticket_id', '=', order.ticket)
    .where('step_id', '=', stepIdOf(order))
    .executeTakeFirst()
  return step !== undefined
}

function updateTicket(
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

async function recordStep(
  trx: Transaction<Records>,
  order: CommandRequest,
  before: TicketStates,
  after: TicketStates,
): Promise<void> {
  const { ticket, actor, reason, at, command } = order
  const { do: did, ...details } = command
  await trx
    .insertInto('ticket_history')
    .values({
      ticket_id: ticket,
      step_id: stepIdOf(order),
      at: new Date(at),
      actor,
      what: did,
      detail: JSON.stringify({ from: before.work, to: after.work, reason, ...details }),
    })
    .execute()
  const data = { did, actor, from: before.work, to: after.work }
  await recordDeskEvent(trx, { type: 'ticket_changed', ticket, at, data })
}

function stepIdOf({ id }: CommandRequest): string {
  return `command:${id}`
}

function statesOf({ work_state, operator_state, waiting_since }: Ticket): TicketStates {
  return { work: work_state, operator: operator_state, waitingForOwner: waiting_since !== null }
}

/** Refuses what no state of a ticket would make right. @throws CommandRejectedError */
function validateCommand(order: CommandRequest): void {
  const missing = missingRequirement(order.command, order)
  if (missing !== undefined)
    throw new CommandRejectedError('not_allowed', `${order.command.do} needs ${missing}`)
}

function missingRequirement(
  command: TicketCommand,
  { reason = '', at }: Pick<CommandRequest, 'reason' | 'at'>,
) {
  const needsReason = command.do === 'shelve' || command.do === 'cancel' || command.do === 'reopen'
  if (needsReason && isBlank(reason)) return 'a reason'
  if (command.do === 'shelve' && command.until <= at) return 'an end in the future'
  if (command.do === 'note' && isBlank(command.text)) return 'a text'
  if (command.do === 'book_visit') return missingInVisit(command, at)
  return command.do === 'resolve' ? missingInReport(command) : undefined
}

function missingInVisit({ from, until }: { from: number; until: number }, at: number): string | undefined {
  if (from >= until) return 'a beginning before its end'
  return until <= at ? 'an end in the future' : undefined
}

function missingInReport({
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
async function enqueueReplacementEvent(
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
