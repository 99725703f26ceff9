import { type Kysely, sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { attachToTicket, lockPartLifetime } from '../tickets/record-finding.ts'

/** An incident is over when nothing has been folded into it for so long. */
const incidentQuietMs = 24 * hourMs
/** So many of its findings that are still active get their tickets with each sweep. */
const releaseBatchSize = 5

/**
 * Closes the storms that are over, and lets go, the gravest first and few at a time, what is still active of them: it
 * gets its ticket and its notice now. By our clock, for by event time nobody could tell that nothing more comes.
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
  await lockPartLifetime(trx, { ...found, device })
  // It may have been cleared while its part was waited for.
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
  await attachToTicket(trx, finding, now)
}
