import { sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { isFleetFinding, recordFleetFinding } from '../incidents/fleet-finding.ts'
import { groupIntoIncident } from '../incidents/group-into-incident.ts'
import { joinOrOpenTicket } from './join-ticket.ts'
import { type PartLifetimeRef, partLifetimeKey } from './part-lifetime.ts'
import { summarizeTicket } from './summarize-ticket.ts'

/**
 * Record a finding and the ticket that it opens or changes with a step of its history, or the incident that it is grouped
 * into. Idempotent. The order of arrival has no effect on tickets and notices, because event times decide: a raised
 * finding owes its notice even when its end was recorded first, since the order of two jobs is chance. The rule limits
 * repeated notices (`repeat`, `hold`), in event time.
 */
export async function recordFinding(trx: Transaction<Records>, finding: Finding, now: Date): Promise<void> {
  await lockPartLifetime(trx, finding)
  if (!(await insertFinding(trx, finding)) || finding.shadow) return
  const end = finding.state === 'raised' ? await findClearTime(trx, finding) : undefined
  if (isFleetFinding(finding)) {
    await recordFleetFinding(trx, finding, now)
    if (end) await recordFleetFinding(trx, { ...finding, state: 'cleared', at: end.getTime() }, now)
    return
  }
  const isGrouped = finding.state === 'raised' && (await groupIntoIncident(trx, finding, now))
  if (finding.state === 'cleared' || end) await dropPendingActions(trx, finding)
  if (!isGrouped) await attachToTicket(trx, finding, now)
}

/** Serialize the handling of findings of the same part, across all processes, until the transaction ends. */
export async function lockPartLifetime(trx: Transaction<Records>, part: PartLifetimeRef): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${partLifetimeKey(part)}, 0))`.execute(trx)
}

/** Attach a recorded finding to its ticket, where its rule opens one or it changes one. The caller holds the lock of the part. */
export async function attachToTicket(trx: Transaction<Records>, finding: Finding, now: Date): Promise<void> {
  const raised = finding.state === 'raised'
  const ticket = raised ? await joinOrOpenTicket(trx, finding, now) : await ticketOfEpisode(trx, finding)
  if (ticket === undefined) return
  for (const changed of await moveFindingsToTicket(trx, finding, ticket))
    await recomputeTicket(trx, changed, now)
}

/** Insert a finding. @returns false when it exists already */
async function insertFinding(trx: Transaction<Records>, finding: Finding): Promise<boolean> {
  const inserted = await trx
    .insertInto('findings')
    .values({
      id: finding.id,
      device_id: finding.device,
      component: finding.component,
      epoch: finding.epoch,
      rule: finding.rule,
      version: finding.version,
      state: finding.state,
      severity: finding.severity,
      at: new Date(finding.at),
      evidence: JSON.stringify(finding.evidence),
      owed_notice: finding.state === 'raised' && !finding.shadow ? finding.notice : null,
      shadow: finding.shadow ?? false,
      trial: finding.trial === undefined ? null : new Date(finding.trial),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** Select the findings of a live rule for a part. */
function findingsOfRule(trx: Transaction<Records>, finding: Finding) {
  return trx
    .selectFrom('findings')
    .where('device_id', '=', finding.device)
    .where('component', '=', finding.component)
    .where('epoch', '=', finding.epoch)
    .where('rule', '=', finding.rule)
    .where('shadow', '=', false)
}

/** Return the time at which a raised finding was cleared, if that was recorded already. */
async function findClearTime(trx: Transaction<Records>, finding: Finding): Promise<Date | undefined> {
  const cleared = await findingsOfRule(trx, finding)
    .select('at')
    .where('state', '=', 'cleared')
    .where('at', '>=', new Date(finding.at))
    .orderBy('at')
    .limit(1)
    .executeTakeFirst()
  return cleared?.at
}

/**
 * Drop the pending actions of raised findings that are over: those that an incident withholds, and notices of devices
 * without an owner, because a later owner does not need them. Notices of unknown devices are kept: the announcement of the
 * device precedes its findings in the journal and has only not been recorded yet.
 */
async function dropPendingActions(trx: Transaction<Records>, finding: Finding): Promise<void> {
  const over = await findingsOfRule(trx, finding)
    .select('id')
    .where('state', '=', 'raised')
    .where('at', '<=', new Date(finding.at))
    .where((is) => is.or([is('owed_notice', 'is not', null), is('withheld', 'is not', null)]))
    .execute()
  if (over.length === 0) return
  const device = await trx
    .selectFrom('devices')
    .select('owner_id')
    .where('id', '=', finding.device)
    .executeTakeFirst()
  const hasNoOwner = device !== undefined && device.owner_id === null
  await trx
    .updateTable('findings')
    .set({ withheld: null, ...(hasNoOwner && { owed_notice: null }) })
    .where(
      'id',
      'in',
      over.map(({ id }) => id),
    )
    .execute()
}

/** Return the ticket of the rule's last raised finding; undefined when that finding has not arrived yet. */
async function ticketOfEpisode(trx: Transaction<Records>, finding: Finding): Promise<string | undefined> {
  const raised = await findingsOfRule(trx, finding)
    .select('ticket_id')
    .where('state', '=', 'raised')
    .where('at', '<=', new Date(finding.at))
    .orderBy('at', 'desc')
    .executeTakeFirst()
  return raised?.ticket_id ?? undefined
}

/**
 * Attach a finding to a ticket; with a raised finding also its follow-ups that arrived earlier.
 * @returns the tickets whose findings changed: this one, and those that the findings were moved from
 */
async function moveFindingsToTicket(
  trx: Transaction<Records>,
  finding: Finding,
  ticket: string,
): Promise<Set<string>> {
  const followers = finding.state === 'raised' ? await followUpFindings(trx, finding) : []
  const ids = [finding.id, ...followers]
  const joined = await trx.selectFrom('findings').selectAll().where('id', 'in', ids).execute()
  await trx.updateTable('findings').set({ ticket_id: ticket }).where('id', 'in', ids).execute()
  await trx
    .insertInto('ticket_history')
    .values(
      joined.map(({ id, at, state, rule, severity }) => ({
        ticket_id: ticket,
        step_id: id,
        at,
        actor: 'rules',
        what: `finding_${state}`,
        detail: JSON.stringify({ rule, severity }),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return new Set([ticket, ...joined.flatMap(({ ticket_id }) => ticket_id ?? [])])
}

/** Return the rule's findings after this one, up to its next raised finding. */
async function followUpFindings(trx: Transaction<Records>, finding: Finding): Promise<string[]> {
  const at = new Date(finding.at)
  const next = findingsOfRule(trx, finding)
    .select((select) => select.fn.coalesce(select.fn.min('at'), sql<Date>`'infinity'`).as('at'))
    .where('state', '=', 'raised')
    .where('at', '>', at)
  const followers = await findingsOfRule(trx, finding)
    .select('id')
    .where('state', '!=', 'raised')
    .where('at', '>=', at)
    .where('at', '<', next)
    .execute()
  return followers.map(({ id }) => id)
}

async function recomputeTicket(trx: Transaction<Records>, ticket: string, now: Date): Promise<void> {
  const [first, ...others] = await trx
    .selectFrom('findings')
    .select(['rule', 'state', 'severity', 'at', 'evidence'])
    .where('ticket_id', '=', ticket)
    .execute()
  if (first === undefined) return
  const { evidence, ...summary } = summarizeTicket([first, ...others])
  await trx
    .updateTable('tickets')
    .set({
      ...summary,
      evidence: JSON.stringify(evidence),
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', ticket)
    .execute()
}
