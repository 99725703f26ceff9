import { sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { type AlarmFlood, deviceInScope, raisedNearby } from './alarm-flood.ts'
import { type Incident, upsertIncident } from './incident.ts'

export interface NewFlood {
  flood: AlarmFlood
  /** The finding that made it a flood. */
  finding: Finding
  /** Ids of recorded findings that do not count yet. */
  later: readonly string[]
  now: Date
}

/**
 * Open an incident for a scope, or reuse its open one, and group simultaneous findings into it. Findings that have a
 * ticket keep it. An incident of a whole kind replaces those of its sites and firmware.
 */
export async function openFloodIncident(
  trx: Transaction<Records>,
  { flood, finding, later, now }: NewFlood,
): Promise<Incident> {
  const { id } = await upsertIncident(trx, { ...flood, devices: 0 }, finding, now)
  await trx
    .updateTable('findings')
    .from('devices')
    .set({ incident_id: id })
    .whereRef('devices.id', '=', 'findings.device_id')
    .where(raisedNearby(finding))
    .where(deviceInScope(flood))
    .where('incident_id', 'is', null)
    .where(sql<boolean>`findings.id <> all(${[finding.id, ...later]}::text[])`)
    .execute()
  if (flood.scope === 'kind') await mergeNarrowerIncidents(trx, { ...flood, rule: finding.rule }, id)
  return trx
    .updateTable('incidents')
    .set({
      devices: sql`(select count(distinct device_id) from findings where incident_id = ${id})`,
      opened_at: sql`(select min(at) from findings where incident_id = ${id})`,
      last_at: sql`(select max(at) from findings where incident_id = ${id})`,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

async function mergeNarrowerIncidents(
  trx: Transaction<Records>,
  { rule, kind }: { rule: string; kind: string },
  into: string,
): Promise<void> {
  const narrower = await trx
    .selectFrom('incidents')
    .select(['id', 'folded'])
    .where('rule', '=', rule)
    .where('kind', '=', kind)
    .where('state', '=', 'open')
    .where('threshold', 'is not', null)
    .where('id', '!=', into)
    .execute()
  if (narrower.length === 0) return
  const ids = narrower.map(({ id }) => id)
  const folded = narrower.reduce((sum, one) => sum + one.folded, 0)
  await trx.updateTable('findings').set({ incident_id: into }).where('incident_id', 'in', ids).execute()
  await trx.deleteFrom('incidents').where('id', 'in', ids).execute()
  await trx
    .updateTable('incidents')
    .set({ folded: sql`folded + ${folded}` })
    .where('id', '=', into)
    .execute()
}
