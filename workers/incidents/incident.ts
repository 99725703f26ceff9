import { createHash } from 'node:crypto'
import { type Selectable, sql, type Transaction } from 'kysely'
import { type Finding, type Severity, severityRank } from '../../rules/finding.ts'
import type { IncidentsTable, Records } from '../../store/records/schema.ts'
import type { Scope } from './scope.ts'
import { near, type Storm, within } from './storm.ts'

export type Incident = Selectable<IncidentsTable>

/** Who opens or changes incidents of a rule waits for the others, in whatever process they are. */
export async function lockIncidentsOf(trx: Transaction<Records>, { rule }: Finding): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`incidents of ${rule}`}, 0))`.execute(trx)
}

/** The open incident of these scopes, the widest first, that the finding comes in the midst of. */
export async function stormyIncident(
  trx: Transaction<Records>,
  finding: Finding,
  scopes: readonly Scope[],
): Promise<Incident | undefined> {
  const open = await trx
    .selectFrom('incidents')
    .selectAll()
    .where('rule', '=', finding.rule)
    .where('state', '=', 'open')
    .execute()
  for (const scope of scopes.toReversed()) {
    const incident = open.find((one) => isOf(one, scope))
    if (incident !== undefined && (await stillStorms(trx, incident, finding))) return incident
  }
  return undefined
}

function isOf(incident: Incident, { kind, scope, subject }: Scope): boolean {
  return incident.kind === kind && incident.scope === scope && incident.subject === subject
}

async function stillStorms(
  trx: Transaction<Records>,
  incident: Incident,
  finding: Finding,
): Promise<boolean> {
  if (incident.threshold === null) return false
  const more = await trx
    .selectFrom('findings')
    .select('id')
    .where('incident_id', '=', incident.id)
    .where(near(finding))
    .offset(incident.threshold - 1)
    .limit(1)
    .executeTakeFirst()
  return more !== undefined
}

/**
 * Opens an incident, or goes on with the open one of that scope, and gathers in it what was raised near the finding.
 * What has its ticket keeps it. One of the whole kind takes the place of those of its sites and firmware.
 */
export async function openIncident(
  trx: Transaction<Records>,
  storm: Storm,
  finding: Finding,
  now: Date,
): Promise<Incident> {
  const { id } = await upsertIncident(trx, { ...storm, devices: 0 }, finding, now)
  await trx
    .updateTable('findings')
    .from('devices')
    .set({ incident_id: id })
    .whereRef('devices.id', '=', 'findings.device_id')
    .where(near(finding))
    .where(within(storm))
    .where('incident_id', 'is', null)
    .where('findings.id', '!=', finding.id)
    .execute()
  if (storm.scope === 'kind') await absorbNarrower(trx, { ...storm, rule: finding.rule }, id)
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

/** The open incident of a scope; the caller holds the lock. */
export async function upsertIncident(
  trx: Transaction<Records>,
  { kind, scope, subject, threshold, devices }: Scope & Pick<Incident, 'threshold' | 'devices'>,
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

async function absorbNarrower(
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

/** Puts a finding into an incident, with what it would have led to. */
export async function joinIncident(
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
    .set({ incident_id: incident.id, ...withheldOf(finding) })
    .where('id', '=', id)
    .execute()
  await trx
    .updateTable('incidents')
    .set({
      devices: incident.devices + (known === undefined ? 1 : 0),
      folded: incident.folded + 1,
      severity: graver(incident.severity, severity),
      opened_at: new Date(Math.min(incident.opened_at.getTime(), at)),
      last_at: new Date(Math.max(incident.last_at.getTime(), at)),
      updated_at: now,
    })
    .where('id', '=', incident.id)
    .execute()
}

/** An owner hears of what is critical in any case: better once too often than not at all. */
function withheldOf({ severity, notice, ticket }: Finding) {
  if (severity === 'critical') {
    return { withheld: ticket === undefined ? null : JSON.stringify({ ticket }) }
  }
  const nothing = notice === undefined && ticket === undefined
  return { withheld: nothing ? null : JSON.stringify({ notice, ticket }), owed_notice: null }
}

function graver(one: Severity, other: Severity): Severity {
  return severityRank[other] > severityRank[one] ? other : one
}
