import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'

/**
 * Make every notice due that waits for its next attempt: to be called when the clock was set back, because it may have
 * been ahead when that time was set. Delivery then decides again what has to wait, for the end of quiet hours or for a
 * route. Attempts on a route that were recorded at a time to come count as made now.
 * @returns the number of notices
 */
export async function makeWaitingNoticesDue(db: Kysely<Records>, now: Date): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await trx
      .updateTable('deliveries')
      .set({ not_before: now, at: now })
      .where('at', '>', now)
      .where('not_before', '>', now)
      .execute()
    const { numUpdatedRows } = await trx
      .updateTable('notices')
      .set({ next_attempt_at: now })
      .where('state', 'in', ['queued', 'sent'])
      .where('next_attempt_at', '>', now)
      .executeTakeFirst()
    return Number(numUpdatedRows)
  })
}
