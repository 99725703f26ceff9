import { sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { toRecordsetJson } from '../../store/records/pg-values.ts'
import type { Records } from '../../store/records/schema.ts'
import { givenFindings, isSameRuleAndPart } from '../findings/given-findings.ts'
import { joinOrOpenTickets } from './join-tickets.ts'
import { summarizeTicket, type TicketFinding } from './summarize-ticket.ts'

/** A recorded finding and its ticket. */
interface Attachment {
  finding: string
  ticket: string
}

/**
 * Attach recorded findings of different parts to their tickets, where their rules open one or they change one. The caller
 * holds the locks of the parts.
 */
export async function attachToTickets(
  trx: Transaction<Records>,
  findings: readonly Finding[],
  now: Date,
): Promise<void> {
  const raised = findings.filter(({ state }) => state === 'raised')
  const joined = await joinOrOpenTickets(trx, raised, now)
  const attachments = [
    ...joined.tickets,
    ...(await findFollowUps(trx, raised, joined.tickets)),
    ...(await findTicketsOfEpisodes(
      trx,
      findings.filter(({ state }) => state !== 'raised'),
    )),
  ]
  const changed = await saveAttachments(trx, attachments)
  // The row of a new ticket with one finding says all of it already.
  for (const { ticket } of joined.tickets)
    if (joined.opened.has(ticket) && attachments.filter((one) => one.ticket === ticket).length === 1)
      changed.delete(ticket)
  await recomputeTickets(trx, [...changed], now)
}

/** Return the tickets of the last raised findings before these; of none whose raised finding has not arrived yet. */
async function findTicketsOfEpisodes(
  trx: Transaction<Records>,
  findings: readonly Finding[],
): Promise<Attachment[]> {
  if (findings.length === 0) return []
  const { rows } = await sql<Attachment>`
    select given.id as finding, raised.ticket_id as ticket
    from ${givenFindings(findings)} cross join lateral (
      select ticket_id from findings
      where ${isSameRuleAndPart} and state = 'raised' and findings.at <= given.at
      order by findings.at desc limit 1) as raised
    where raised.ticket_id is not null`.execute(trx)
  return rows
}

/** Return the findings that arrived before the raised ones which they follow, up to the next raised one of their rule. */
async function findFollowUps(
  trx: Transaction<Records>,
  raised: readonly Finding[],
  tickets: readonly Attachment[],
): Promise<Attachment[]> {
  const ticketOf = new Map(tickets.map(({ finding, ticket }) => [finding, ticket]))
  const attached = raised.filter(({ id }) => ticketOf.has(id))
  if (attached.length === 0) return []
  const { rows } = await sql<{ id: string; raised: string }>`
    select findings.id, given.id as raised
    from ${givenFindings(attached)} join findings on ${isSameRuleAndPart}
    where findings.state <> 'raised' and findings.at >= given.at and not exists (
      select from findings as next
      where next.device_id = given.device and next.component = given.component and next.epoch = given.epoch
        and next.rule = given.rule and not next.shadow and next.state = 'raised'
        and next.at > given.at and next.at <= findings.at)`.execute(trx)
  return rows.flatMap(({ id, raised: before }) => {
    const ticket = ticketOf.get(before)
    return ticket === undefined ? [] : [{ finding: id, ticket }]
  })
}

/**
 * Write findings into their tickets' histories.
 * @returns the tickets whose findings changed: these, and those that findings were moved from
 */
async function saveAttachments(
  trx: Transaction<Records>,
  attachments: readonly Attachment[],
): Promise<Set<string>> {
  if (attachments.length === 0) return new Set()
  const { rows } = await sql<{ ticket: string; before: string | null }>`
    with given as (
      select * from json_to_recordset(${toRecordsetJson(attachments)}::json) as given (finding text, ticket text)
    ), earlier as (
      select id, ticket_id as before from findings join given on given.finding = findings.id
    ), attached as (
      update findings set ticket_id = given.ticket from given where findings.id = given.finding
      returning findings.id, ticket_id, at, state, rule, severity
    ), steps as (
      insert into ticket_history (ticket_id, step_id, at, actor, what, detail)
      select ticket_id, id, at, 'rules', 'finding_' || state, json_build_object('rule', rule, 'severity', severity)
      from attached
      on conflict do nothing
    )
    select given.ticket, earlier.before from given join earlier on earlier.id = given.finding`.execute(trx)
  return new Set(rows.flatMap(({ ticket, before }) => [ticket, ...(before === null ? [] : [before])]))
}

async function recomputeTickets(
  trx: Transaction<Records>,
  tickets: readonly string[],
  now: Date,
): Promise<void> {
  if (tickets.length === 0) return
  const rows = await trx
    .selectFrom('findings')
    .select(['ticket_id', 'rule', 'state', 'severity', 'at', 'evidence'])
    .where('ticket_id', 'in', tickets)
    .execute()
  const findings = new Map<string, [TicketFinding, ...TicketFinding[]]>()
  for (const { ticket_id, ...finding } of rows) {
    const known = findings.get(ticket_id ?? '')
    if (known === undefined) findings.set(ticket_id ?? '', [finding])
    else known.push(finding)
  }
  const summaries = [...findings].map(([id, of]) => ({ id, ...summarizeTicket(of) }))
  await sql`
    update tickets set condition = given.condition, severity = given.severity, evidence = given.evidence,
      version = version + 1, updated_at = ${now}
    from json_to_recordset(${toRecordsetJson(summaries)}::json)
      as given (id text, condition text, severity text, evidence jsonb)
    where tickets.id = given.id`.execute(trx)
}
