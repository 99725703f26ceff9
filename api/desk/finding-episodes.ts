import { type Kysely, sql } from 'kysely'
import type { Evidence, Severity } from '../../contract/finding.ts'
import { cohortDevicePrefix } from '../../contract/ids.ts'
import type { Records } from '../../store/records/schema.ts'
import type { SortColumn } from './sorted-page.ts'

export const findingSortColumns = {
  raisedAt: { type: 'time', ref: sql.ref('findings.at') },
  updatedAt: { type: 'time', ref: sql.ref('findings.newest_at') },
} as const satisfies Record<string, SortColumn>

export interface FindingFilter {
  device?: string | undefined
  kind?: string | undefined
  model?: string | undefined
  rule?: string | undefined
  component?: string | undefined
  severity?: Severity | undefined
  state?: 'raised' | 'updated' | 'cleared' | undefined
  active?: boolean | undefined
  shadow?: boolean | undefined
  /** Bounds of the event time at which it was raised: from inclusive, until exclusive. */
  from?: Date | undefined
  until?: Date | undefined
}

export type FindingEpisodeRow = Awaited<ReturnType<ReturnType<typeof selectEpisodes>['execute']>>[number]

/** Fleet findings name their kind and model in the id of the device. */
const fleetParts = sql`string_to_array(substr(findings.device_id, ${sql.lit(cohortDevicePrefix.length + 1)}), '/')`
const isFleet = sql`findings.device_id like ${sql.lit(`${cohortDevicePrefix}%`)}`
const kind = sql<string | null>`case when ${isFleet} then (${fleetParts})[1] else devices.kind end`
const model = sql<string | null>`case when ${isFleet} then (${fleetParts})[2] else devices.model end`

/** Return the query for episodes of findings: raised rows, with what has become of each. */
function selectEpisodes(records: Kysely<Records>) {
  return records
    .selectFrom('findings')
    .leftJoin('findings as newest', 'newest.id', 'findings.newest_id')
    .leftJoin('devices', 'devices.id', 'findings.device_id')
    .leftJoin('tickets', 'tickets.id', 'findings.ticket_id')
    .leftJoin('notices', 'notices.finding_id', 'findings.id')
    .where('findings.state', '=', 'raised')
    .selectAll('findings')
    .select([
      kind.as('kind'),
      model.as('model'),
      sql<Evidence>`newest.evidence`.as('newest_evidence'),
      'tickets.number as ticket_number',
      'notices.id as notice_id',
      'notices.state as notice_state',
    ])
}

/** Return the query for the episodes that pass a filter. */
export function filterEpisodes(records: Kysely<Records>, filter: FindingFilter) {
  const { device, rule, component, severity, shadow, from, until } = filter
  let rows = selectEpisodes(records)
  if (device !== undefined) rows = rows.where('findings.device_id', '=', device)
  if (filter.kind !== undefined) rows = rows.where(kind, '=', filter.kind)
  if (filter.model !== undefined) rows = rows.where(model, '=', filter.model)
  if (rule !== undefined) rows = rows.where('findings.rule', '=', rule)
  if (component !== undefined) rows = rows.where('findings.component', '=', component)
  if (severity !== undefined) rows = rows.where('findings.newest_severity', '=', severity)
  if (shadow !== undefined)
    rows = rows.where(shadow ? sql<boolean>`findings.shadow` : sql<boolean>`not findings.shadow`)
  if (from !== undefined) rows = rows.where('findings.at', '>=', from)
  if (until !== undefined) rows = rows.where('findings.at', '<', until)
  for (const condition of stateConditions(filter)) rows = rows.where(condition)
  return rows
}

function stateConditions({ state, active }: FindingFilter) {
  const isActive = sql<boolean>`findings.cleared_at is null`
  const isCleared = sql<boolean>`findings.cleared_at is not null`
  const ofState = {
    raised: [isActive, sql<boolean>`findings.newest_id = findings.id`],
    updated: [isActive, sql<boolean>`findings.newest_id <> findings.id`],
    cleared: [isCleared],
  }
  return [
    ...(active === undefined ? [] : [active ? isActive : isCleared]),
    ...(state === undefined ? [] : ofState[state]),
  ]
}

/** Find an episode by the id of any of its findings. @returns the episode and its findings, oldest first */
export async function findEpisode(records: Kysely<Records>, id: string) {
  const named = await records.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst()
  if (named === undefined) return undefined
  const sameKey = records
    .selectFrom('findings')
    .selectAll()
    .where('device_id', '=', named.device_id)
    .where('component', '=', named.component)
    .where('epoch', '=', named.epoch)
    .where('rule', '=', named.rule)
    .where('shadow', '=', named.shadow)
  const raisedRows = sameKey.where('state', '=', 'raised')
  const raised =
    named.state === 'raised'
      ? named
      : await raisedRows.where('at', '<=', named.at).orderBy('at', 'desc').limit(1).executeTakeFirst()
  if (raised === undefined) return undefined
  const next = await raisedRows.where('at', '>', raised.at).orderBy('at').limit(1).executeTakeFirst()
  const [episode, history] = await Promise.all([
    selectEpisodes(records).where('findings.id', '=', raised.id).executeTakeFirst(),
    sameKey
      .where('at', '>=', raised.at)
      .$if(next !== undefined, (rows) => rows.where('at', '<', next?.at ?? raised.at))
      .orderBy('at')
      .orderBy(sql`array_position(array['raised', 'updated', 'cleared'], state)`)
      .execute(),
  ])
  return episode === undefined ? undefined : { episode, history }
}
