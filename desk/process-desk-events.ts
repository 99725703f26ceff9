import type { Kysely, Transaction } from 'kysely'
import { passFailpoint } from '../lib/failpoint.ts'
import type { Records } from '../store/records/schema.ts'
import { type DeskEvent, readDeskEvents } from './desk-events.ts'

/** Reacts to a desk event. Must be idempotent: it may be called again with the same event. */
export type DeskEventHandler = (trx: Transaction<Records>, event: DeskEvent, now: Date) => Promise<void>

const batchSize = 500

/** Call all handlers for each event that was not handled yet, in order, each event in its own transaction. */
export async function processDeskEvents(
  db: Kysely<Records>,
  handlers: readonly DeskEventHandler[],
  now: Date,
): Promise<void> {
  for (const event of await readDeskEvents(db, { unhandled: true, limit: batchSize })) {
    const [tx = '', id = ''] = event.cursor.split('-')
    await db.transaction().execute(async (trx) => {
      const claimed = await trx
        .updateTable('desk_events')
        .set({ handled: true })
        .where('tx', '=', tx)
        .where('id', '=', id)
        .where('handled', '=', false)
        .returning('id')
        .executeTakeFirst()
      if (claimed === undefined) return
      for (const handle of handlers) await handle(trx, event, now)
      passFailpoint('desk_events.in_transaction')
    })
  }
}
