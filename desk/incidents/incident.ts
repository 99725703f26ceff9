import { createHash } from 'node:crypto'
import { type Selectable, sql, type Transaction } from 'kysely'
import { type Finding, type Severity, severityRank } from '../../contract/finding.ts'
import type { IncidentsTable, Records } from '../../store/records/schema.ts'
import type { IncidentScope } from './scope.ts'

export type Incident = Selectable<IncidentsTable>

/** Serialize changes to the incidents of a rule, across all processes, until the transaction ends. */
export async function lockIncidentsOfRule(trx: Transaction<Records>, { rule }: Finding): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`incidents of ${rule}`}, 0))`.execute(trx)
}

/** Open an incident for a scope, or return the open one. The caller holds the lock. */
export async function upsertIncident(
  trx: Transaction<Records>,
  { kind, scope, subject, threshold, devices }: IncidentScope & Pick<Incident, 'threshold' | 'devices'>,
  { id, rule, at, severity }: Finding,
  now: Date,
): Promise<Incident> {
  return trx
    .insertInto('incidents')
    .values({
      id: `i-${createHash('sha256').update(id).digest('hex').slice(0, 16)}`,
      rule,
      kind,
      scope,
      subject,
      severity,
      threshold,
      state: 'open',
      opened_at: new Date(at),
      last_at: new Date(at),
      devices,
      folded: 0,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['rule', 'kind', 'scope', 'subject'])
        .where('state', '=', 'open')
        .doUpdateSet({ threshold: sql`coalesce(excluded.threshold, incidents.threshold)` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Add a finding to an incident, and withhold its ticket and notice. */
export async function addToIncident(
  trx: Transaction<Records>,
  incident: Incident,
  finding: Finding,
  now: Date,
): Promise<void> {
  const { id, device, at, severity } = finding
  const known = await trx
    .selectFrom('findings')
    .select('id')
    .where('incident_id', '=', incident.id)
    .where('device_id', '=', device)
    .executeTakeFirst()
  await trx
    .updateTable('findings')
    .set({ incident_id: incident.id, ...withheldActions(finding) })
    .where('id', '=', id)
    .execute()
  await trx
    .updateTable('incidents')
    .set({
      devices: incident.devices + (known === undefined ? 1 : 0),
      folded: incident.folded + 1,
      severity: moreSevere(incident.severity, severity),
      opened_at: new Date(Math.min(incident.opened_at.getTime(), at)),
      last_at: new Date(Math.max(incident.last_at.getTime(), at)),
      updated_at: now,
    })
    .where('id', '=', incident.id)
    .execute()
}

/** Return the notice that a finding owes: critical ones are always sent, because a repeated notice is better than none. */
function withheldActions({ severity, notice, ticket }: Finding) {
  if (severity === 'critical') {
    return { withheld: ticket === undefined ? null : JSON.stringify({ ticket }) }
  }
  const nothing = notice === undefined && ticket === undefined
  return { withheld: nothing ? null : JSON.stringify({ notice, ticket }), owed_notice: null }
}

function moreSevere(one: Severity, other: Severity): Severity {
  return severityRank[other] > severityRank[one] ? other : one
}
