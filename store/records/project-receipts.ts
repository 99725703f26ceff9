import { type Kysely, sql } from 'kysely'
import type { ReceiptEntry } from '../journal/entry.ts'
import { rowsJson } from './rows.ts'
import type { NoticesTable, Records } from './schema.ts'

/** How far a notice got. A receipt moves it forward, never back. */
const progress: Record<NoticesTable['state'], number> = {
  queued: 0,
  failed: 0,
  sent: 1,
  delivered: 2,
  read: 3,
  snoozed: 4,
  done: 5,
}

/** Whatever a phone answers proves that the notice arrived, so nothing is left to send. */
export async function projectReceipts(
  db: Kysely<Records>,
  entries: readonly ReceiptEntry[],
): Promise<{ unknown: number }> {
  if (entries.length === 0) return { unknown: 0 }
  const known = await knownNotices(db, entries)
  const rows = [...furthest(entries).values()].map((entry) => ({
    id: entry.notice,
    user: entry.user,
    state: entry.status,
    behind: states.filter((state) => progress[state] < progress[entry.status]),
    at: new Date(entry.receivedAt),
  }))
  await sql`
    update notices set
      state = given.state,
      next_attempt_at = null,
      delivered_at = coalesce(notices.delivered_at, given.at)
    from json_to_recordset(${rowsJson(rows)}::json)
      as given (id text, "user" text, state text, behind jsonb, at timestamptz)
    where notices.id = given.id and notices.user_id = given."user" and given.behind ? notices.state`.execute(
    db,
  )
  return { unknown: entries.filter((entry) => !known.has(keyOf(entry.notice, entry.user))).length }
}

const states = Object.keys(progress) as NoticesTable['state'][]

function keyOf(notice: string, user: string): string {
  return JSON.stringify([notice, user])
}

/** Of each notice and user the receipt that says most. */
function furthest(entries: readonly ReceiptEntry[]): Map<string, ReceiptEntry> {
  const best = new Map<string, ReceiptEntry>()
  for (const entry of entries) {
    const key = keyOf(entry.notice, entry.user)
    const before = best.get(key)
    if (before === undefined || progress[entry.status] > progress[before.status]) best.set(key, entry)
  }
  return best
}

async function knownNotices(db: Kysely<Records>, entries: readonly ReceiptEntry[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('notices')
    .select(['id', 'user_id'])
    .where('id', 'in', [...new Set(entries.map((entry) => entry.notice))])
    .execute()
  return new Set(rows.map((row) => keyOf(row.id, row.user_id)))
}
