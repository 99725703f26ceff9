import { sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { toRecordsetJson } from '../../store/records/pg-values.ts'
import type { Records } from '../../store/records/schema.ts'
import { givenFindings, isSameRuleAndPart } from './given-findings.ts'

/** Insert findings, and the desk events for them. @returns the ids of those that did not exist */
export async function insertFindings(
  trx: Transaction<Records>,
  findings: readonly Finding[],
  now: Date,
): Promise<Set<string>> {
  const rows = findings.map(({ at, evidence, notice, state, shadow = false, trial, ...finding }) => ({
    ...finding,
    device_id: finding.device,
    state,
    at: new Date(at),
    evidence,
    owed_notice: state === 'raised' && !shadow ? (notice ?? null) : null,
    shadow,
    trial: trial === undefined ? null : new Date(trial),
  }))
  const { rows: inserted } = await sql<{ id: string }>`
    with inserted as (insert into findings
      (id, device_id, component, epoch, rule, version, state, severity, at, evidence, owed_notice, shadow, trial, seen_at)
    select id, device_id, component, epoch, rule, version, state, severity, at, evidence, owed_notice, shadow, trial, ${now}
    from json_to_recordset(${toRecordsetJson(rows)}::json) as given (
      id text, device_id text, component text, epoch integer, rule text, version text, state text, severity text,
      at timestamptz, evidence jsonb, owed_notice text, shadow boolean, trial timestamptz)
    on conflict do nothing
    returning id, device_id, component, epoch, rule, version, state, severity, at, shadow),
    events as (insert into desk_events (type, at, data, handled)
    -- The desk acts on tickets and incidents, in the same transaction: these events are for readers of the feed only.
    select 'finding_' || state, ${now}, json_build_object(
      'finding', id, 'device', device_id, 'component', component, 'epoch', epoch, 'rule', rule, 'version', version,
      'severity', severity, 'shadow', shadow, 'findingAt', extract(epoch from at) * 1000), true
    from inserted)
    select id from inserted`.execute(trx)
  return new Set(inserted.map(({ id }) => id))
}

/** Return the times at which raised findings were cleared, by id, of those whose end was recorded already. */
export async function findClearTimes(
  trx: Transaction<Records>,
  findings: readonly Finding[],
): Promise<Map<string, Date>> {
  const raised = findings.filter(({ state }) => state === 'raised')
  if (raised.length === 0) return new Map()
  const { rows } = await sql<{ id: string; at: Date }>`
    select given.id, min(findings.at) as at
    from ${givenFindings(raised)} join findings on ${isSameRuleAndPart}
    where findings.state = 'cleared' and findings.at >= given.at
    group by given.id`.execute(trx)
  return new Map(rows.map(({ id, at }) => [id, at]))
}

/**
 * Drop the pending actions of raised findings that are over: those that an incident withholds, and notices of devices
 * without an owner, because a later owner does not need them. Notices of unknown devices are kept: the announcement of the
 * device precedes its findings in the journal and has only not been recorded yet.
 */
export async function dropPendingActions(
  trx: Transaction<Records>,
  ended: readonly Finding[],
): Promise<void> {
  if (ended.length === 0) return
  await sql`
    update findings set withheld = null, owed_notice = case
      when exists (select from devices where devices.id = findings.device_id and owner_id is null) then null
      else owed_notice end
    from ${givenFindings(ended)}
    where ${isSameRuleAndPart} and findings.state = 'raised' and findings.at <= given.at
      and (owed_notice is not null or withheld is not null)`.execute(trx)
}
