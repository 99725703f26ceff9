import type { Kysely, Transaction } from 'kysely'
import type { Records } from '../store/records/schema.ts'
import { type DeskEvent, readDeskEvents } from './desk-events.ts'

/** What follows an event at the desk. It may be called again with the same event, and must then change nothing more. */
export type DeskEventHandler = (trx: Transaction<Records>, event: DeskEvent, now: Date) => Promise<void>

const batchSize = 500

/** Lets follow what follows, each event in a transaction of its own, in their order. */
export async function processDeskEvents(
  db: Kysely<Records>,
  handlers: readonly DeskEventHandler[],
  now: Date,
): Promise<void> {
  for (const event of await readDeskEvents(db, { unhandled: true, limit: batchSize })) {
    const [tx = '', id = ''] = event.cursor.split('-')
    await db.transaction().execute(async (trx) => {
      const mine = await trx
        .updateTable('desk_events')
        .set({ handled: true })
        .where('tx', '=', tx)
        .where('id', '=', id)
        .where('handled', '=', false)
        .returning('id')
        .executeTakeFirst()
      if (mine === undefined) return
      for (const react of handlers) await react(trx, event, now)
    })
  }
}
