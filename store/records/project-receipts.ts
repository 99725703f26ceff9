import { type Kysely, sql } from 'kysely'
import type { ReceiptEntry } from '../../contract/entry.ts'
import { toRecordsetJson } from './pg-values.ts'
import type { NoticesTable, Records } from './schema.ts'

/** Order of the delivery states of a notice. A receipt moves it forward, never back. */
const noticeStateRank: Record<NoticesTable['state'], number> = {
  queued: 0,
  failed: 0,
  // A phone that got it nevertheless may say so.
  withdrawn: 0,
  sent: 1,
  delivered: 2,
  read: 3,
  snoozed: 4,
  done: 5,
}

/** Any receipt from a phone proves that the notice arrived, so nothing is left to send. */
export async function projectReceipts(
  db: Kysely<Records>,
  entries: readonly ReceiptEntry[],
): Promise<{ unknown: number }> {
  if (entries.length === 0) return { unknown: 0 }
  const known = await findKnownNotices(db, entries)
  const rows = [...mostAdvancedReceipts(entries).values()].map((entry) => ({
    id: entry.notice,
    user: entry.user,
    state: entry.status,
    behind: noticeStates.filter((state) => noticeStateRank[state] < noticeStateRank[entry.status]),
    at: new Date(entry.receivedAt),
  }))
  await sql`
    update notices set
      state = given.state,
      next_attempt_at = null,
      delivered_at = coalesce(notices.delivered_at, given.at)
    from json_to_recordset(${toRecordsetJson(rows)}::json)
      as given (id text, "user" text, state text, behind jsonb, at timestamptz)
    where notices.id = given.id and notices.user_id = given."user" and given.behind ? notices.state`.execute(
    db,
  )
  await projectDigestedNotices(db, rows)
  await projectDeliveries(db, rows)
  return { unknown: entries.filter((entry) => !known.has(receiptKey(entry.notice, entry.user))).length }
}

/** Reading a digest counts as reading the notices in it; actions are reported for each notice separately. */
async function projectDigestedNotices(
  db: Kysely<Records>,
  rows: readonly { id: string; user: string; state: ReceiptEntry['status']; at: Date }[],
): Promise<void> {
  const read = rows.map(({ state, ...row }) => ({ ...row, state: state === 'delivered' ? state : 'read' }))
  await sql`
    update notices set state = given.state, delivered_at = coalesce(notices.delivered_at, given.at)
    from json_to_recordset(${toRecordsetJson(read)}::json) as given (id text, "user" text, state text, at timestamptz)
    where notices.digest_id = given.id and notices.user_id = given."user"
      and (notices.state in ('queued', 'failed', 'sent') or (notices.state = 'delivered' and given.state = 'read'))`.execute(
    db,
  )
}

/** Record delivery by MQTT. The receipt may arrive before it is recorded that the notice was sent by that channel. */
async function projectDeliveries(
  db: Kysely<Records>,
  rows: readonly { id: string; user: string; state: ReceiptEntry['status']; at: Date }[],
): Promise<void> {
  const read = rows.map(({ state, ...row }) => ({ ...row, state: state === 'delivered' ? state : 'read' }))
  await sql`
    insert into deliveries (notice_id, channel, contact_id, state, attempts, at)
    select given.id, 'mqtt', '', given.state, 1, given.at
    from json_to_recordset(${toRecordsetJson(read)}::json) as given (id text, "user" text, state text, at timestamptz)
    join notices on notices.id = given.id and notices.user_id = given."user"
    on conflict (notice_id, channel, contact_id) do update set
      state = excluded.state, not_before = null, last_error = null, at = excluded.at
    where deliveries.state <> 'read' and deliveries.state <> excluded.state`.execute(db)
}

const noticeStates = Object.keys(noticeStateRank) as NoticesTable['state'][]

function receiptKey(notice: string, user: string): string {
  return JSON.stringify([notice, user])
}

/** Return the most advanced receipt of each notice and user. */
function mostAdvancedReceipts(entries: readonly ReceiptEntry[]): Map<string, ReceiptEntry> {
  const best = new Map<string, ReceiptEntry>()
  for (const entry of entries) {
    const key = receiptKey(entry.notice, entry.user)
    const before = best.get(key)
    if (before === undefined || noticeStateRank[entry.status] > noticeStateRank[before.status])
      best.set(key, entry)
  }
  return best
}

async function findKnownNotices(db: Kysely<Records>, entries: readonly ReceiptEntry[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('notices')
    .select(['id', 'user_id'])
    .where('id', 'in', [...new Set(entries.map((entry) => entry.notice))])
    .execute()
  return new Set(rows.map((row) => receiptKey(row.id, row.user_id)))
}
