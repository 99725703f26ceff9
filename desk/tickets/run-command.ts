import type { Kysely, Selectable, Transaction, Updateable } from 'kysely'
import type { EventEntry } from '../../contract/entry.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { CommandRejectedError, type CommandRequest, type Resolution, type TicketCommand } from './command.ts'
import { changesFor } from './command-changes.ts'
import { decideTransition, type TicketStates } from './state-machines.ts'
import { validateTechnician, visitTimeProblem } from './validate-visit.ts'

type Ticket = Selectable<TicketsTable>

/**
 * Execute a command on a ticket: update its states, record a step of its history and a `ticket_changed` event in the
 * caller's transaction. Idempotent by the request's id.
 * @returns the ticket afterwards
 * @throws CommandRejectedError when the ticket does not exist, its state does not allow the command, or it has changed
 */
export async function runCommand(trx: Transaction<Records>, request: CommandRequest): Promise<Ticket> {
  const ticket = await lockTicket(trx, request.ticket)
  if (await isAlreadyApplied(trx, request)) return ticket
  if (request.expectedVersion !== undefined && request.expectedVersion !== ticket.version) {
    throw new CommandRejectedError(
      'changed_meanwhile',
      `Ticket ${ticket.number} has changed: it is at version ${ticket.version}, not ${request.expectedVersion}. Reload the ticket and try again`,
    )
  }
  validateCommand(request)
  const before = statesOf(ticket)
  const decision = decideTransition(before, request.command)
  if (decision.is === 'rejected') {
    throw new CommandRejectedError('not_allowed', `Ticket ${ticket.number}: ${decision.reason}`)
  }
  await validateTechnician(trx, ticket, request.command)
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
  passFailpoint('commands.in_transaction')
  return changed
}

/** Execute a command in its own transaction. @throws CommandRejectedError */
export function runCommandInTransaction(db: Kysely<Records>, request: CommandRequest): Promise<Ticket> {
  return db.transaction().execute((trx) => runCommand(trx, request))
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

async function isAlreadyApplied(trx: Transaction<Records>, request: CommandRequest): Promise<boolean> {
  const step = await trx
    .selectFrom('ticket_history')
    .select('step_id')
    .where('ticket_id', '=', request.ticket)
    .where('step_id', '=', stepIdOf(request))
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
  request: CommandRequest,
  before: TicketStates,
  after: TicketStates,
): Promise<void> {
  const { ticket, actor, reason, at, command } = request
  const { do: name, ...details } = command
  await trx
    .insertInto('ticket_history')
    .values({
      ticket_id: ticket,
      step_id: stepIdOf(request),
      at: new Date(at),
      actor,
      what: name,
      detail: JSON.stringify({ from: before.work, to: after.work, reason, ...details }),
    })
    .execute()
  const data = { command: name, actor, from: before.work, to: after.work }
  await recordDeskEvent(trx, { type: 'ticket_changed', ticket, at, data })
}

function stepIdOf({ id }: CommandRequest): string {
  return `command:${id}`
}

function statesOf({ work_state, operator_state, waiting_since }: Ticket): TicketStates {
  return { work: work_state, operator: operator_state, waitingForOwner: waiting_since !== null }
}

/** Check the arguments of a command, which do not depend on the ticket's state. @throws CommandRejectedError */
function validateCommand(request: CommandRequest): void {
  const missing = missingRequirement(request.command, request)
  if (missing !== undefined)
    throw new CommandRejectedError('not_allowed', `${request.command.do} needs ${missing}`)
}

function missingRequirement(
  command: TicketCommand,
  { reason = '', at }: Pick<CommandRequest, 'reason' | 'at'>,
) {
  const needsReason = command.do === 'shelve' || command.do === 'cancel' || command.do === 'reopen'
  if (needsReason && isBlank(reason)) return 'a reason'
  if (command.do === 'shelve' && command.until <= at) return 'an end in the future'
  if (command.do === 'note' && isBlank(command.text)) return 'a text'
  if (command.do === 'book_visit') return visitTimeProblem(command, at)
  return command.do === 'resolve' ? missingInReport(command) : undefined
}

function missingInReport({
  cause,
  work,
  parts,
}: Extract<TicketCommand, { do: 'resolve' }>): string | undefined {
  if (isBlank(cause) || isBlank(work)) return 'the cause and the work done'
  const isCounted = parts.every(({ quantity }) => Number.isInteger(quantity) && quantity > 0)
  return isCounted ? undefined : 'quantities of parts that are whole numbers of at least 1'
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}

/**
 * Put a `part_replaced` event for the journal into the outbox when a worn part was replaced: the rules start a new epoch,
 * and the finished lifetime contributes to the fleet model. A part that was replaced on suspicion and not worn is left
 * out, because its lifetime had not ended.
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
