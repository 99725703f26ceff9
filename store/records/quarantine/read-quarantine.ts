import { type Kysely, type Selectable, sql } from 'kysely'
import type { QuarantineTable, Records } from '../schema.ts'

export interface QuarantineFilter {
  reason?: string | undefined
  /** Device kind: that of the message, or else that of its device. */
  kind?: string | undefined
  device?: string | undefined
  metric?: string | undefined
  /** First and last time of receipt. */
  since?: Date | undefined
  until?: Date | undefined
  /** `waiting`: without an outcome. `done`: stored, or a duplicate, by a retry. Default: both. */
  state?: 'waiting' | 'done' | undefined
}

/** Place in a list by time of receipt, then id. */
export interface QuarantinePosition {
  at: Date
  id: string
}

interface ListQuery extends QuarantineFilter {
  limit: number
  after?: QuarantinePosition | undefined
}

/** Bytes of a payload that a list shows. */
const excerptBytes = 2_000

export type QuarantineListRow = Omit<Selectable<QuarantineTable>, 'payload'> & {
  excerpt: Buffer
  payload_bytes: number
}

/** List messages, newest first, each with the start of its payload. */
export function listQuarantine(
  db: Kysely<Records>,
  { limit, after, ...filter }: ListQuery,
): Promise<QuarantineListRow[]> {
  let rows = filtered(db, filter)
    .select([...summaryColumns])
    .select([
      sql<Buffer>`substring(payload from 1 for ${sql.lit(excerptBytes)})`.as('excerpt'),
      sql<number>`octet_length(payload)`.as('payload_bytes'),
    ])
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
  if (after !== undefined)
    rows = rows.where((is) => is(is.refTuple('received_at', 'id'), '<', is.tuple(after.at, after.id)))
  return rows.execute()
}

const summaryColumns = [
  'id',
  'received_at',
  'topic',
  'client',
  'device_id',
  'kind',
  'metric',
  'reason',
  'detail',
  'bytes',
  'outcome',
  'retries',
  'retried_at',
  'expires_at',
] as const

/** Return one message with its whole payload. */
export function findQuarantined(
  db: Kysely<Records>,
  id: string,
): Promise<Selectable<QuarantineTable> | undefined> {
  return db.selectFrom('quarantine').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Return waiting messages for a retry, oldest first. The result ends early where the payloads exceed `maxBytes`. */
export async function readForRetry(
  db: Kysely<Records>,
  {
    limit,
    after,
    maxBytes,
    ids,
    ...filter
  }: ListQuery & { maxBytes: number; ids?: readonly string[] | undefined },
): Promise<Selectable<QuarantineTable>[]> {
  let keys = filtered(db, { ...filter, state: 'waiting' })
    .select(['id', 'bytes'])
    .orderBy('received_at')
    .orderBy('id')
    .limit(limit)
  if (ids !== undefined) keys = keys.where('id', 'in', ids)
  if (after !== undefined)
    keys = keys.where((is) => is(is.refTuple('received_at', 'id'), '>', is.tuple(after.at, after.id)))
  let bytes = 0
  const found = await keys.execute()
  const fitting = found.filter((row, index) => {
    bytes += row.bytes
    return index === 0 || bytes <= maxBytes
  })
  if (fitting.length === 0) return []
  return db
    .selectFrom('quarantine')
    .selectAll()
    .where(
      'id',
      'in',
      fitting.map(({ id }) => id),
    )
    .orderBy('received_at')
    .orderBy('id')
    .execute()
}

interface EarlierStatesQuery extends QuarantineFilter {
  devices: readonly string[]
  upTo: QuarantinePosition
}

/** Return the waiting state messages of these devices up to a position: a dry run presumes that they were retried. */
export function readEarlierStates(
  db: Kysely<Records>,
  { devices, upTo, ...filter }: EarlierStatesQuery,
): Promise<Selectable<QuarantineTable>[]> {
  if (devices.length === 0) return Promise.resolve([])
  return filtered(db, { ...filter, state: 'waiting' })
    .selectAll()
    .where('device_id', 'in', devices)
    .where('topic', 'like', '%/state')
    .where((is) => is(is.refTuple('received_at', 'id'), '<=', is.tuple(upTo.at, upTo.id)))
    .orderBy('received_at')
    .orderBy('id')
    .execute()
}

/** Return those of the ids that do not wait: unknown, deleted, or done. */
export async function notWaiting(db: Kysely<Records>, ids: readonly string[]): Promise<string[]> {
  const rows = await filtered(db, { state: 'waiting' }).select('id').where('id', 'in', ids).execute()
  const waiting = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !waiting.has(id))
}

export interface QuarantineCount {
  reason: string
  kind: string | null
  count: number
  bytes: number
  oldest: Date
  newest: Date
}

/** Count the messages of each reason and kind, most frequent first. */
export function countQuarantine(db: Kysely<Records>, filter: QuarantineFilter): Promise<QuarantineCount[]> {
  return filtered(db, filter)
    .select(['reason', 'kind'])
    .select([
      sql<number>`count(*)::float8`.as('count'),
      sql<number>`sum(bytes)::float8`.as('bytes'),
      sql<Date>`min(received_at)`.as('oldest'),
      sql<Date>`max(received_at)`.as('newest'),
    ])
    .groupBy(['reason', 'kind'])
    .orderBy('count', 'desc')
    .orderBy('reason')
    .orderBy('kind')
    .execute()
}

function filtered(db: Kysely<Records>, filter: QuarantineFilter) {
  const { reason, kind, device, metric, since, until, state } = filter
  let rows = db.selectFrom('quarantine')
  if (reason !== undefined) rows = rows.where('reason', '=', reason)
  if (device !== undefined) rows = rows.where('device_id', '=', device)
  if (metric !== undefined) rows = rows.where('metric', '=', metric)
  if (since !== undefined) rows = rows.where('received_at', '>=', since)
  if (until !== undefined) rows = rows.where('received_at', '<=', until)
  if (state !== undefined) rows = rows.where('outcome', state === 'waiting' ? 'is' : 'is not', null)
  if (kind === undefined) return rows
  // The device of an old message may have been registered since.
  return rows.where(sql<boolean>`(kind = ${kind} or kind is null and exists (
    select 1 from devices where devices.id = quarantine.device_id and devices.kind = ${kind}))`)
}
