import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { closeRoutes } from './routes.ts'

/**
 * Close all notices that are not delivered yet, without sending them: the installation was restored from a backup, and had
 * sent them before.
 * @returns their number
 */
export async function silenceNotices(db: Kysely<Records>, at: Date): Promise<number> {
  const rows = await db.selectFrom('notices').select('id').where('state', 'in', ['queued', 'sent']).execute()
  const reason = 'not sent: restored quietly from a backup'
  for (const { id } of rows) {
    await closeRoutes(db, id, { reason, at })
    await db
      .updateTable('notices')
      .set({ state: 'failed', next_attempt_at: null, last_error: reason })
      .where('id', '=', id)
      .where('state', 'in', ['queued', 'sent'])
      .execute()
  }
  return rows.length
}
