import type { Kysely } from 'kysely'
import type { Records } from '../../../store/records/schema.ts'
import { type Notice, noticeFromRow } from '../../notice.ts'
import type { Channel } from '../channel.ts'

/** Create the channel that puts notices into the owner's inbox in the records database. */
export function inboxChannel(db: Kysely<Records>, now: () => number): Channel {
  return {
    name: 'inbox',
    async deliver(notice) {
      await db
        .updateTable('notices')
        .set({ inbox_at: new Date(now()) })
        .where('id', '=', notice.id)
        .where('inbox_at', 'is', null)
        .execute()
      return { outcome: 'stored' }
    },
  }
}

/** Return the notices in an owner's inbox, newest first. */
export async function readInbox(db: Kysely<Records>, user: string, limit = 100): Promise<Notice[]> {
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('user_id', '=', user)
    .where('inbox_at', 'is not', null)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(noticeFromRow)
}
