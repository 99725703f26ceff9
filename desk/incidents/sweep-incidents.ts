import { type Kysely, sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { attachToTickets } from '../tickets/attach-to-tickets.ts'
import { lockPartLifetimes } from '../tickets/part-lifetime.ts'

/** Time without a new finding after which an incident is over. */
const incidentQuietMs = 24 * hourMs
/** Number of withheld findings that get their tickets in one sweep. */
const releaseBatchSize = 5

/**
 * Close incidents that are over, and release their findings that are still active, most severe first and a few at a time:
 * they get their tickets and notices now. Uses the wall clock, because event time cannot show that no more findings come.
 */
export async function sweepIncidents(db: Kysely<Records>, now: Date): Promise<void> {
  await db
    .updateTable('incidents')
    .set({ state: 'closed', updated_at: now })
    .where('state', '=', 'open')
    .where('threshold', 'is not', null)
    .where('updated_at', '<=', new Date(now.getTime() - incidentQuietMs))
    .execute()
  const due = await db
    .selectFrom('findings')
    .innerJoin('incidents', 'incidents.id', 'findings.incident_id')
    .select('findings.id')
    .where('incidents.state', '=', 'closed')
    .where('findings.withheld', 'is not', null)
    .orderBy(sql`array_position(array['critical', 'major', 'minor', 'warning'], findings.severity)`)
    .orderBy('findings.at')
    .orderBy('findings.id')
    .limit(releaseBatchSize)
    .execute()
  for (const { id } of due) await db.transaction().execute((trx) => releaseWithheld(trx, id, now))
}

async function releaseWithheld(trx: Transaction<Records>, id: string, now: Date): Promise<void> {
  const read = trx.selectFrom('findings').selectAll().where('id', '=', id)
  const { device_id: device, ...found } = await read.executeTakeFirstOrThrow()
  await lockPartLifetimes(trx, [{ ...found, device }])
  // It may have been cleared while this transaction waited for the lock of its part.
  const { withheld } = await read.executeTakeFirstOrThrow()
  if (withheld === null) return
  const { ticket, notice = null } = withheld
  await trx
    .updateTable('findings')
    .set({ withheld: null, ...(notice !== null && { owed_notice: notice }) })
    .where('id', '=', id)
    .execute()
  const { component, epoch, rule, version, state, severity, evidence } = found
  const finding: Finding = {
    id,
    device,
    component,
    epoch,
    rule,
    version,
    state,
    severity,
    at: found.at.getTime(),
    evidence,
    ...(ticket !== undefined && { ticket }),
  }
  await attachToTickets(trx, [finding], now)
}
