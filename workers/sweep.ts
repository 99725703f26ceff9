import { type Kysely, sql } from 'kysely'
import type { Records } from '../store/records/schema.ts'
import { sweepIncidents } from './incidents/sweep-incidents.ts'
import { createOwedNotices } from './notices/create-notices.ts'
import { dueNotices } from './notices/due-notices.ts'
import type { Messages } from './notices/messages.ts'

export interface SweepOptions {
  db: Kysely<Records>
  messages: Messages
  now(): number
  enqueueNotices(ids: readonly string[]): Promise<void>
  /** How many quarantined messages are kept, the newest. */
  keepQuarantined: number
}

const noticesAtOnce = 1_000

/** What has to be looked at from time to time: incidents that are over, notices that are owed or due, and what nobody
 * needs any more. */
export async function sweep(options: SweepOptions): Promise<void> {
  const { db, messages, now, enqueueNotices, keepQuarantined } = options
  const at = new Date(now())
  await sweepIncidents(db, at)
  await db.transaction().execute((trx) => createOwedNotices(trx, { messages, now: at, limit: noticesAtOnce }))
  await enqueueNotices(await dueNotices(db, at, noticesAtOnce))
  await cutQuarantine(db, keepQuarantined)
}

async function cutQuarantine(db: Kysely<Records>, keep: number): Promise<void> {
  await sql`
    delete from quarantine using (
      select received_at, id from quarantine order by received_at desc, id desc offset ${keep} limit 1
    ) as newest_to_go
    where (quarantine.received_at, quarantine.id) <= (newest_to_go.received_at, newest_to_go.id)`.execute(db)
}
