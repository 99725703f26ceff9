import { createHash } from 'node:crypto'
import { type Selectable, sql, type Transaction } from 'kysely'
import { type Finding, type Severity, severityRank } from '../../contract/finding.ts'
import { toRecordsetJson } from '../../store/records/pg-values.ts'
import type { IncidentsTable, Records } from '../../store/records/schema.ts'
import { lockInOrder } from '../tickets/part-lifetime.ts'
import type { IncidentScope } from './scope.ts'

export type Incident = Selectable<IncidentsTable>

/** Serialize changes to the incidents of rules, across all processes, until the transaction ends. */
export async function lockIncidentsOfRules(
  trx: Transaction<Records>,
  rules: readonly string[],
): Promise<void> {
  await lockInOrder(
    trx,
    rules.map((rule) => `incidents of ${rule}`),
  )
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

/** Add recorded findings of one rule to an incident, and withhold their tickets and notices. The caller holds the lock. */
export async function addToIncident(
  trx: Transaction<Records>,
  { id, severity }: Incident,
  findings: readonly Finding[],
  now: Date,
): Promise<void> {
  if (findings.length === 0) return
  const devices = [...new Set(findings.map(({ device }) => device))]
  const known = await trx
    .selectFrom('findings')
    .select('device_id')
    .distinct()
    .where('incident_id', '=', id)
    .where('device_id', 'in', devices)
    .execute()
  const rows = findings.map((finding) => ({ id: finding.id, ...withheldActions(finding) }))
  await sql`
    update findings set incident_id = ${id}, withheld = given.withheld,
      owed_notice = case when given.withholds_notice then null else owed_notice end
    from json_to_recordset(${toRecordsetJson(rows)}::json)
      as given (id text, withheld jsonb, withholds_notice boolean)
    where findings.id = given.id`.execute(trx)
  const times = findings.map(({ at }) => at)
  await trx
    .updateTable('incidents')
    .set({
      devices: sql`devices + ${devices.length - known.length}`,
      folded: sql`folded + ${findings.length}`,
      severity: findings.map((finding) => finding.severity).reduce(moreSevere, severity),
      opened_at: sql`least(opened_at, ${new Date(Math.min(...times))})`,
      last_at: sql`greatest(last_at, ${new Date(Math.max(...times))})`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
}

/** Return the actions that a finding owes: critical notices are always sent, because a repeated notice is better than none. */
function withheldActions({ severity, notice, ticket }: Finding) {
  const withholdsNotice = severity !== 'critical'
  const withheld = { ...(withholdsNotice && notice !== undefined && { notice }), ...(ticket && { ticket }) }
  return {
    withheld: Object.keys(withheld).length === 0 ? null : withheld,
    withholds_notice: withholdsNotice,
  }
}

function moreSevere(one: Severity, other: Severity): Severity {
  return severityRank[other] > severityRank[one] ? other : one
}
