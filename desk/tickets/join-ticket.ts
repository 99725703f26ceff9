import { createHash } from 'node:crypto'
import { type Insertable, type Selectable, sql, type Transaction } from 'kysely'
import type { Finding, TicketAction } from '../../contract/finding.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { partLifetimeKey } from './part-lifetime.ts'
import { slaDueTimes } from './sla-clocks.ts'

/**
 * Return the ticket of a raised finding: the open ticket of its part, or a new one. The caller holds the lock of the part.
 * @returns the ticket's id; undefined when the rule opens no tickets
 */
export async function joinOrOpenTicket(
  trx: Transaction<Records>,
  finding: Finding,
  now: Date,
): Promise<string | undefined> {
  const { ticket: action } = finding
  if (action === undefined) return undefined
  const tickets = await trx
    .selectFrom('tickets')
    .selectAll()
    .where('device_id', '=', finding.device)
    .where('component', '=', finding.component)
    .where('epoch', '=', finding.epoch)
    .execute()
  const open = tickets.find(({ work_state }) => work_state !== 'closed' && work_state !== 'cancelled')
  if (open !== undefined) {
    await trx
      .updateTable('tickets')
      .set(joinedChanges(open, action, finding.at))
      .where('id', '=', open.id)
      .execute()
    return open.id
  }
  const id = ticketId(finding, tickets.length)
  const number = await nextTicketNumber(trx, now)
  await trx
    .insertInto('tickets')
    .values({ id, number, ...newTicket(finding, action, now) })
    .execute()
  const data = { number, sla: action.sla }
  await recordDeskEvent(trx, { type: 'ticket_opened', ticket: id, at: now.getTime(), data })
  return id
}

/** Return a deterministic id: the same findings open tickets with the same ids. */
function ticketId(finding: Finding, ticketsBefore: number): string {
  const hash = createHash('sha256')
    .update(`${partLifetimeKey(finding)}${ticketsBefore}`)
    .digest('hex')
  return `t-${hash.slice(0, 16)}`
}

/** Return the changes when another finding joins: the strictest service level applies. */
function joinedChanges(ticket: Selectable<TicketsTable>, action: TicketAction, at: number) {
  const [strictest = action.sla] = [ticket.sla, action.sla].sort()
  return {
    sla: strictest,
    ...(strictest !== ticket.sla && slaColumnsFor(strictest, ticket)),
    part: ticket.part ?? action.part ?? null,
    skill: ticket.skill ?? action.skill ?? null,
    opened_at: new Date(Math.min(ticket.opened_at.getTime(), at)),
  }
}

/** Return the due times of a stricter service level, counted from the ticket's creation. */
function slaColumnsFor(sla: TicketAction['sla'], { created_at, waited_ms }: Selectable<TicketsTable>) {
  const { respondBy, solveBy } = slaDueTimes(sla, created_at.getTime(), Number(waited_ms))
  return { respond_by: new Date(respondBy), solve_by: new Date(solveBy) }
}

function newTicket(
  finding: Finding,
  action: TicketAction,
  now: Date,
): Omit<Insertable<TicketsTable>, 'id' | 'number'> {
  const { respondBy, solveBy } = slaDueTimes(action.sla, now.getTime(), 0)
  return {
    device_id: finding.device,
    component: finding.component,
    epoch: finding.epoch,
    rule: finding.rule,
    severity: finding.severity,
    sla: action.sla,
    part: action.part ?? null,
    skill: action.skill ?? null,
    condition: 'active',
    operator_state: 'unacknowledged',
    work_state: 'open',
    opened_at: new Date(finding.at),
    evidence: JSON.stringify(finding.evidence),
    respond_by: new Date(respondBy),
    solve_by: new Date(solveBy),
    created_at: now,
    updated_at: now,
  }
}

/**
 * Return the next number of the year (UTC): `FW-2026-000123`. Transactions that open tickets are serialized here, so that
 * numbers are unique and without gaps.
 */
async function nextTicketNumber(trx: Transaction<Records>, now: Date): Promise<string> {
  const year = now.getUTCFullYear()
  const { last } = await trx
    .insertInto('ticket_numbers')
    .values({ year, last: 1 })
    .onConflict((conflict) => conflict.column('year').doUpdateSet({ last: sql`ticket_numbers.last + 1` }))
    .returning('last')
    .executeTakeFirstOrThrow()
  return `FW-${year}-${String(last).padStart(6, '0')}`
}
