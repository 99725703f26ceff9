import { sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { toRecordsetJson } from '../../store/records/pg-values.ts'
import type { Records } from '../../store/records/schema.ts'
import { floodWindowMs, type PlacedFinding } from './alarm-flood.ts'
import { addToIncident, type Incident } from './incident.ts'
import { isSameScope } from './scope.ts'

/**
 * Add findings of one rule to the open incidents of their scopes, the widest first, whose floods are ongoing at their event
 * times. The caller holds the lock of the rule.
 * @returns ids of the findings that were added
 */
export async function joinOpenIncidents(
  trx: Transaction<Records>,
  pending: readonly PlacedFinding[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const open = await trx
    .selectFrom('incidents')
    .selectAll()
    .where('rule', '=', pending[0]?.finding.rule ?? '')
    .where('state', '=', 'open')
    .where('threshold', 'is not', null)
    .execute()
  const joined = new Set<string>()
  for (const incident of open.sort(compareWidestFirst)) {
    const candidates = pending
      .filter(
        ({ finding: { id }, scopes }) => !joined.has(id) && scopes.some((one) => isSameScope(one, incident)),
      )
      .map(({ finding }) => finding)
    const ongoing = await selectDuringFlood(trx, incident, candidates)
    await addToIncident(trx, incident, ongoing, now)
    for (const { id } of ongoing) joined.add(id)
  }
  return joined
}

const scopeOrder: readonly Incident['scope'][] = ['kind', 'firmware', 'site']

function compareWidestFirst(one: Incident, other: Incident): number {
  return scopeOrder.indexOf(one.scope) - scopeOrder.indexOf(other.scope)
}

/** Return the findings at whose event times the incident has as many findings nearby as its threshold. */
async function selectDuringFlood(
  trx: Transaction<Records>,
  incident: Incident,
  findings: readonly Finding[],
): Promise<Finding[]> {
  if (findings.length === 0) return []
  const times = findings.map(({ at }) => at)
  // What is near all of them. Mostly they are minutes apart, and one look is enough.
  const common = {
    id: '',
    from: Math.max(...times) - floodWindowMs,
    until: Math.min(...times) + floodWindowMs,
  }
  if ((await selectFloodWindows(trx, incident, [common])).size > 0) return [...findings]
  const windows = findings.map(({ id, at }) => ({ id, from: at - floodWindowMs, until: at + floodWindowMs }))
  const during = await selectFloodWindows(trx, incident, windows)
  return findings.filter(({ id }) => during.has(id))
}

/** Period of event time, ms. */
interface TimeWindow {
  id: string
  from: number
  until: number
}

/** Return the ids of the periods in which the incident has as many findings as its threshold. */
async function selectFloodWindows(
  trx: Transaction<Records>,
  { id: incident, threshold }: Incident,
  windows: readonly TimeWindow[],
): Promise<Set<string>> {
  const given = windows.map(({ id, from, until }) => ({ id, from: new Date(from), until: new Date(until) }))
  const { rows } = await sql<{ id: string }>`
    select id from json_to_recordset(${toRecordsetJson(given)}::json)
      as given (id text, "from" timestamptz, until timestamptz)
    where (
      select count(*) from (
        select from findings
        where incident_id = ${incident} and state = 'raised' and not shadow
          and at between given."from" and given.until
        limit ${threshold}
      ) as nearby) >= ${threshold}`.execute(trx)
  return new Set(rows.map(({ id }) => id))
}
