import { createHash } from 'node:crypto'
import { type Insertable, type Selectable, sql, type Transaction } from 'kysely'
import type { Finding, TicketAction } from '../../contract/finding.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { recordDeskEvents } from '../desk-events.ts'
import { givenFindings } from '../findings/given-findings.ts'
import { partLifetimeKey } from './part-lifetime.ts'
import { escalationTimes, slaDueTimes, slaTargets } from './sla-clocks.ts'

type Ticket = Selectable<TicketsTable>
type NewTicket = Insertable<TicketsTable>

export interface JoinedTickets {
  /** Ticket of each finding whose rule opens tickets. */
  tickets: { finding: string; ticket: string }[]
  /** Ids of those that were opened for it. */
  opened: ReadonlySet<string>
}

/**
 * Return the tickets of raised findings of different parts: the open ticket of the part, or a new one. The caller holds
 * the locks of the parts.
 */
export async function joinOrOpenTickets(
  trx: Transaction<Records>,
  raised: readonly Finding[],
  now: Date,
): Promise<JoinedTickets> {
  const wanted = raised.flatMap((finding) => (finding.ticket ? [{ finding, action: finding.ticket }] : []))
  if (wanted.length === 0) return { tickets: [], opened: new Set() }
  const ofPart = await loadTicketsOfParts(
    trx,
    wanted.map(({ finding }) => finding),
  )
  const tickets: JoinedTickets['tickets'] = []
  const created: Omit<NewTicket, 'number'>[] = []
  for (const { finding, action } of wanted) {
    const existing = ofPart.get(finding.id) ?? []
    const open = existing.find(({ work_state }) => work_state !== 'closed' && work_state !== 'cancelled')
    if (open !== undefined) await joinTicket(trx, open, { action, at: finding.at })
    const id = open?.id ?? ticketId(finding, existing.length)
    if (open === undefined) created.push({ id, ...newTicket(finding, action, now) })
    tickets.push({ finding: finding.id, ticket: id })
  }
  await openTickets(trx, created, now)
  return { tickets, opened: new Set(created.map(({ id }) => id)) }
}

/** Return all tickets of the parts of findings, by id of the finding. */
async function loadTicketsOfParts(
  trx: Transaction<Records>,
  findings: readonly Finding[],
): Promise<Map<string, Ticket[]>> {
  const { rows } = await sql<Ticket & { of_finding: string }>`
    select tickets.*, given.id as of_finding from ${givenFindings(findings)}
    join tickets on tickets.device_id = given.device and tickets.component = given.component
      and tickets.epoch = given.epoch`.execute(trx)
  const tickets = new Map<string, Ticket[]>()
  for (const { of_finding, ...ticket } of rows)
    tickets.set(of_finding, [...(tickets.get(of_finding) ?? []), ticket])
  return tickets
}

/** Return a deterministic id: the same findings open tickets with the same ids. */
function ticketId(finding: Finding, ticketsBefore: number): string {
  const hash = createHash('sha256')
    .update(`${partLifetimeKey(finding)}${ticketsBefore}`)
    .digest('hex')
  return `t-${hash.slice(0, 16)}`
}

/** Add another finding to an open ticket: the strictest service level applies. */
async function joinTicket(
  trx: Transaction<Records>,
  ticket: Ticket,
  { action, at }: { action: TicketAction; at: number },
): Promise<void> {
  const [strictest = action.sla] = [ticket.sla, action.sla].sort()
  await trx
    .updateTable('tickets')
    .set({
      sla: strictest,
      ...(strictest !== ticket.sla && slaColumnsFor(strictest, ticket)),
      part: ticket.part ?? action.part ?? null,
      skill: ticket.skill ?? action.skill ?? null,
      opened_at: new Date(Math.min(ticket.opened_at.getTime(), at)),
    })
    .where('id', '=', ticket.id)
    .execute()
}

/** Return the due times of a stricter service level, counted from the ticket's creation. */
function slaColumnsFor(sla: TicketAction['sla'], { created_at, waited_ms }: Ticket) {
  const { respondBy, solveBy } = slaDueTimes(sla, created_at.getTime(), Number(waited_ms))
  return { respond_by: new Date(respondBy), solve_by: new Date(solveBy) }
}

/** Insert tickets, each with its number and event. */
async function openTickets(
  trx: Transaction<Records>,
  tickets: readonly Omit<NewTicket, 'number'>[],
  now: Date,
): Promise<void> {
  if (tickets.length === 0) return
  const numbers = await nextTicketNumbers(trx, tickets.length, now)
  const rows = tickets.map((ticket, n) => ({ ...ticket, number: numbers[n] ?? '' }))
  await trx.insertInto('tickets').values(rows).execute()
  await recordDeskEvents(
    trx,
    rows.map(({ id, number, sla }) => ({
      type: 'ticket_opened',
      ticket: id,
      at: now.getTime(),
      data: { number, sla },
    })),
  )
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
    next_deadline: new Date(
      escalationTimes({ targetMs: slaTargets[action.sla].responseMs, dueAt: respondBy }).at_risk,
    ),
    created_at: now,
    updated_at: now,
  }
}

/**
 * Return the next numbers of the year (UTC): `FW-2026-000123`. Transactions that open tickets are serialized here, so that
 * numbers are unique and without gaps.
 */
async function nextTicketNumbers(trx: Transaction<Records>, count: number, now: Date): Promise<string[]> {
  const year = now.getUTCFullYear()
  const { last } = await trx
    .insertInto('ticket_numbers')
    .values({ year, last: count })
    .onConflict((conflict) =>
      conflict.column('year').doUpdateSet({ last: sql`ticket_numbers.last + ${count}` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow()
  const format = (number: number) => `FW-${year}-${String(number).padStart(6, '0')}`
  return Array.from({ length: count }, (_, n) => format(last - count + 1 + n))
}
