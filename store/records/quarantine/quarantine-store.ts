import { type Kysely, sql } from 'kysely'
import type { QuarantineEntry, QuarantineRetriedEntry } from '../../../contract/entry.ts'
import { dayMs } from '../../../lib/time.ts'
import { toRecordsetJson } from '../pg-values.ts'
import type { Records } from '../schema.ts'

/** Payload bytes of one statement: PGlite has a small address space. */
const maxStatementBytes = 4 * 2 ** 20
const deleteBatchRows = 1_000

/** Share of the maximum size that is left when the oldest messages were deleted. */
const keptFraction = 0.95

/** Take the right to change the quarantine until the transaction ends: its totals are in one row. */
async function lockQuarantine(trx: Kysely<Records>): Promise<void> {
  await sql`insert into quarantine_totals (waiting, bytes) values (0, 0) on conflict do nothing`.execute(trx)
  await sql`select 1 from quarantine_totals for update`.execute(trx)
}

/** Insert quarantined messages; those that were inserted before change nothing. */
export async function insertQuarantined(
  trx: Kysely<Records>,
  entries: readonly QuarantineEntry[],
): Promise<void> {
  await lockQuarantine(trx)
  for (const some of splitByBytes(entries)) {
    const rows = toRecordsetJson(
      some.map(({ payload, payloadEncoding, receivedAt, ...entry }) => ({
        ...entry,
        at: new Date(receivedAt),
        payload: payloadEncoding === 'base64' ? payload : Buffer.from(payload).toString('base64'),
      })),
    )
    await sql`
      with given as (
        select id, at, topic, client, device, kind, metric, reason, detail, decode(payload, 'base64') as payload
        from json_to_recordset(${rows}::json) as given (
          id text, at timestamptz, topic text, client text, device text, kind text, metric text,
          reason text, detail text, payload text
        )
      ), added as (
        insert into quarantine
          (id, received_at, topic, client, device_id, kind, metric, reason, detail, payload, bytes)
        select id, at, topic, client, device, kind, metric, reason, detail, payload,
          400 + octet_length(payload) + octet_length(topic) + octet_length(detail)
        from given
        on conflict do nothing returning bytes
      )
      update quarantine_totals set
        waiting = waiting + (select count(*) from added),
        bytes = quarantine_totals.bytes + (select coalesce(sum(bytes), 0) from added)`.execute(trx)
  }
}

function splitByBytes(entries: readonly QuarantineEntry[]): QuarantineEntry[][] {
  const groups: QuarantineEntry[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    bytes += entry.payload.length
    if (bytes > maxStatementBytes) {
      groups.push([])
      bytes = entry.payload.length
    }
    groups.at(-1)?.push(entry)
  }
  return groups
}

/**
 * Record what became of retried messages. A message that was stored keeps its row without the payload; one that was
 * rejected again waits under its new reason. The same retry again changes nothing.
 */
export async function recordRetries(
  trx: Kysely<Records>,
  retried: readonly Omit<QuarantineRetriedEntry, 'type'>[],
): Promise<void> {
  await lockQuarantine(trx)
  const rows = toRecordsetJson(
    retried.map(({ id, at, outcome, reason, detail }) => ({
      id,
      at: new Date(at),
      outcome: outcome === 'quarantined' ? null : outcome,
      reason,
      detail,
    })),
  )
  await sql`
    with target as (
      select quarantine.id, quarantine.bytes, given.at, given.outcome, given.reason, given.detail
      from json_to_recordset(${rows}::json) as given (id text, at timestamptz, outcome text, reason text, detail text)
      join quarantine on quarantine.id = given.id
      where quarantine.outcome is null
        and (given.outcome is not null or retried_at is null or retried_at < given.at)
    ), changed as (
      update quarantine set
        outcome = target.outcome,
        retries = retries + 1,
        retried_at = target.at,
        reason = coalesce(target.reason, quarantine.reason),
        detail = coalesce(target.detail, quarantine.detail),
        payload = case when target.outcome is null then payload else ''::bytea end,
        bytes = case when target.outcome is null then quarantine.bytes else quarantine.bytes - octet_length(payload) end
      from target where quarantine.id = target.id
      returning target.bytes - quarantine.bytes as freed, quarantine.outcome
    )
    update quarantine_totals set
      waiting = waiting - (select count(*) from changed where outcome is not null),
      bytes = bytes - (select coalesce(sum(freed), 0) from changed)`.execute(trx)
}

/**
 * Delete the oldest messages while all together exceed `maxBytes`, counted as dropped.
 * @returns the number of dropped messages
 */
export async function trimQuarantine(trx: Kysely<Records>, maxBytes: number): Promise<number> {
  await lockQuarantine(trx)
  const before = await readSize(trx)
  let { bytes } = before
  if (bytes <= maxBytes) return 0
  const oldest = sql`select id from quarantine order by received_at, id limit ${deleteBatchRows}`
  while (bytes > keptFraction * maxBytes && (await deleteCounted(trx, oldest, 'dropped')) > 0) {
    bytes = (await readSize(trx)).bytes
  }
  return (await readSize(trx)).dropped - before.dropped
}

async function readSize(trx: Kysely<Records>): Promise<{ bytes: number; dropped: number }> {
  const row = await trx.selectFrom('quarantine_totals').select(['bytes', 'dropped']).executeTakeFirstOrThrow()
  return { bytes: Number(row.bytes), dropped: Number(row.dropped) }
}

export interface QuarantineExpiry {
  now: Date
  /** Age at which messages are deleted, ms. */
  keepMs: number
}

/** Time between the announcement of a deletion and the deletion. */
const maxNoticeMs = 7 * dayMs

/**
 * Delete messages whose deletion was announced, and announce it for those that are nearly too old. The time of receipt
 * alone decides nothing: after the server's clock was wrong for a while, everything may look old at once.
 */
export async function expireQuarantined(
  trx: Kysely<Records>,
  { now, keepMs }: QuarantineExpiry,
): Promise<void> {
  await lockQuarantine(trx)
  const expired = sql`select id from quarantine where expires_at < ${now} limit ${deleteBatchRows}`
  let deleted = deleteBatchRows
  while (deleted === deleteBatchRows) deleted = await deleteCounted(trx, expired, 'expired')
  const noticeMs = Math.min(maxNoticeMs, keepMs)
  const announceBefore = new Date(now.getTime() - keepMs + noticeMs)
  await sql`
    update quarantine set expires_at = ${new Date(now.getTime() + noticeMs)}
    where expires_at is null and received_at < ${announceBefore}`.execute(trx)
}

/** Delete messages; those that still waited are counted. @returns the number of deleted rows */
async function deleteCounted(
  trx: Kysely<Records>,
  ids: ReturnType<typeof sql>,
  counter: 'dropped' | 'expired',
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with gone as (
      delete from quarantine where id in (${ids}) returning bytes, outcome
    ), counted as (
      select count(*) as rows, count(*) filter (where outcome is null) as waiting, coalesce(sum(bytes), 0) as bytes
      from gone
    )
    update quarantine_totals set
      waiting = quarantine_totals.waiting - counted.waiting,
      bytes = quarantine_totals.bytes - counted.bytes,
      ${sql.ref(counter)} = ${sql.ref(counter)} + counted.waiting
    from counted returning counted.rows::integer as count`.execute(trx)
  return rows[0]?.count ?? 0
}

export interface QuarantineTotals {
  /** Messages that wait for a retry or their deletion. */
  waiting: number
  bytes: number
  /** Deleted because the quarantine was full. */
  dropped: number
  /** Deleted because of their age. */
  expired: number
  /** Messages whose deletion is announced, and when the first of them is deleted. */
  expiring: { count: number; from: Date | null }
}

export async function readQuarantineTotals(db: Kysely<Records>): Promise<QuarantineTotals> {
  const { rows } = await sql<Omit<QuarantineTotals, 'expiring'>>`
    select waiting::float8, bytes::float8, dropped::float8, expired::float8 from quarantine_totals`.execute(
    db,
  )
  const { rows: expiring } = await sql<QuarantineTotals['expiring']>`
    select count(*)::integer as count, min(expires_at) as from
    from quarantine where expires_at is not null and outcome is null`.execute(db)
  const [totals = { waiting: 0, bytes: 0, dropped: 0, expired: 0 }] = rows
  return { ...totals, expiring: expiring[0] ?? { count: 0, from: null } }
}
