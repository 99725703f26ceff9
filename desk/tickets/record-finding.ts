import { sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { isFleetFinding, recordFleetFinding } from '../incidents/fleet-finding.ts'
import { groupIntoIncident } from '../incidents/group-into-incident.ts'
import { joinOrOpenTicket } from './join-ticket.ts'
import { type PartLifetimeRef, partLifetimeKey } from './part-lifetime.ts'
import { summarizeTicket } from './summarize-ticket.ts'

/**
 * Takes one finding into records: the finding itself, the ticket it opens or changes, and a step of that ticket's
 * history; or the incident that it is folded into. Taken again, it changes nothing; the order in which findings arrive
 * does not matter to tickets and notices, because their own times decide. So what is raised owes its notice even when
 * its end is known before it: which of two jobs comes first is chance, and an owner's notices are not to be. Those that
 * tell too much are held back by the rule (`repeat`, `flap`), in event time.
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
  const folded = finding.state === 'raised' && (await groupIntoIncident(trx, finding, now))
  if (finding.state === 'cleared' || end) await dropPendingActions(trx, finding)
  if (!folded) await attachToTicket(trx, finding, now)
}

/** Findings of the same part wait for each other, in whatever process they are handled. */
export async function lockPartLifetime(trx: Transaction<Records>, part: PartLifetimeRef): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${partLifetimeKey(part)}, 0))`.execute(trx)
}

/** Puts a finding that is in records on its ticket, where it asks for one or changes one. The part is locked. */
export async function attachToTicket(trx: Transaction<Records>, finding: Finding, now: Date): Promise<void> {
  const raised = finding.state === 'raised'
  const ticket = raised ? await joinOrOpenTicket(trx, finding, now) : await ticketOfEpisode(trx, finding)
  if (ticket === undefined) return
  for (const changed of await moveFindingsToTicket(trx, finding, ticket))
    await recomputeTicket(trx, changed, now)
}

/** False when it is already there. */
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

/** The findings that one rule made of one part, live. */
function findingsOfRule(trx: Transaction<Records>, finding: Finding) {
  return trx
    .selectFrom('findings')
    .where('device_id', '=', finding.device)
    .where('component', '=', finding.component)
    .where('epoch', '=', finding.epoch)
    .where('rule', '=', finding.rule)
    .where('shadow', '=', false)
}

/** When what was raised was over, if its end is in records already. */
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
 * Lets go of what still waits when its reason is gone: what an incident keeps back, and the notice of a device that has
 * no owner, for one that it gets later need not hear of it. Of a device that is not in records yet nobody knows: it
 * announced itself before all that it told, and that is on its way.
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
  const owesNobody = device !== undefined && device.owner_id === null
  await trx
    .updateTable('findings')
    .set({ withheld: null, ...(owesNobody && { owed_notice: null }) })
    .where(
      'id',
      'in',
      over.map(({ id }) => id),
    )
    .execute()
}

/** The ticket that the rule's last raised finding joined; undefined when that has not arrived yet. */
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
 * Puts the finding on the ticket, and with a raised one what belongs to it and arrived earlier.
 * @returns the tickets whose findings changed: this one, and those that lost some to it
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

/** What the rule said after it raised this, up to the next time that it raised something. */
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
