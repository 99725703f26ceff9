import type { Kysely, Selectable, Updateable } from 'kysely'
import type { NoticesTable, Records } from '../../store/records/schema.ts'
import { noticeLifeMs, resendDelayMs } from '../retry.ts'
import type { Channel, Delivery } from './channel.ts'
import { noticeOf } from './notice.ts'

export interface SendNoticeOptions {
  db: Kysely<Records>
  channels: readonly Channel[]
  now(): number
}

/**
 * Sends a notice by every channel and notes in the ledger how far it got. One that has arrived, or was given up, is left
 * alone, so calling it too often does no harm.
 * @throws what the first broken channel threw, after the others had their turn
 */
export async function sendNotice(id: string, { db, channels, now }: SendNoticeOptions): Promise<void> {
  const row = await underway(db).where('id', '=', id).executeTakeFirst()
  if (row === undefined) return
  if (now() >= row.created_at.getTime() + noticeLifeMs) {
    return note(db, id, { state: 'failed', next_attempt_at: null, last_error: 'not delivered in time' })
  }
  const notice = noticeOf(row)
  const results = await Promise.allSettled(channels.map((channel) => channel.deliver(notice)))
  const broken = results.find((result) => result.status === 'rejected')
  if (broken !== undefined) {
    await note(db, id, { last_error: String(broken.reason) })
    throw broken.reason
  }
  const outcomes = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.outcome] : []))
  await note(db, id, progress(row, outcomes, new Date(now())))
}

/** Notes that a notice is not to be sent any more, unless it has arrived. */
export async function giveUpNotice(db: Kysely<Records>, id: string): Promise<void> {
  await note(db, id, { state: 'failed', next_attempt_at: null, last_error: 'given up by hand' })
}

/** The best that a channel could say decides. */
function progress(
  row: Selectable<NoticesTable>,
  outcomes: readonly Delivery['outcome'][],
  now: Date,
): Updateable<NoticesTable> {
  const attempts = row.attempts + 1
  const tried = { attempts, last_error: null }
  if (outcomes.includes('delivered')) {
    return { ...tried, state: 'delivered', delivered_at: now, next_attempt_at: null }
  }
  const again = { ...tried, next_attempt_at: new Date(now.getTime() + resendDelayMs(attempts)) }
  return outcomes.includes('sent') ? { ...again, state: 'sent', sent_at: row.sent_at ?? now } : again
}

function underway(db: Kysely<Records>) {
  return db.selectFrom('notices').selectAll().where('state', 'in', ['queued', 'sent'])
}

/** A receipt that came meanwhile counts more than what was known before it. */
async function note(db: Kysely<Records>, id: string, change: Updateable<NoticesTable>): Promise<void> {
  await db
    .updateTable('notices')
    .set(change)
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'sent'])
    .execute()
}

/** The notices that wait for somebody to listen, of these users. */
export async function waitingNotices(db: Kysely<Records>, users: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('notices')
    .select('id')
    .where('user_id', 'in', users)
    .where('state', '=', 'queued')
    .orderBy('created_at')
    .execute()
  return rows.map(({ id }) => id)
}

/** The notices whose time for the next attempt has come. */
export async function dueNotices(db: Kysely<Records>, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('notices')
    .select('id')
    .where('next_attempt_at', '<=', now)
    .where('state', 'in', ['queued', 'sent'])
    .orderBy('next_attempt_at')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
