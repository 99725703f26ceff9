import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'

interface StockKey {
  depot: string
  part: string
  /** ms since 1970 UTC. */
  at: number
}

/**
 * Open a replenishment and record `stock_low` once when the free parts have fallen below the safety stock, and close it
 * when the level is reached again. Call it in the transaction that changed the stock, which holds the lock of the row.
 */
export async function checkSafetyStock(
  trx: Transaction<Records>,
  { depot, part, at }: StockKey,
): Promise<void> {
  const stock = await trx
    .selectFrom('stock')
    .select(['safety', sql<number>`on_hand - reserved`.as('available')])
    .where('depot_id', '=', depot)
    .where('part', '=', part)
    .executeTakeFirst()
  if (stock === undefined) return
  const { safety, available } = stock
  const now = new Date(at)
  if (available >= safety) {
    await trx
      .updateTable('replenishments')
      .set({ state: 'done', done_at: now })
      .where('depot_id', '=', depot)
      .where('part', '=', part)
      .where('state', '=', 'open')
      .execute()
    return
  }
  const id = createHash('sha256')
    .update(JSON.stringify([depot, part, at]))
    .digest('hex')
    .slice(0, 16)
  const raised = await trx
    .insertInto('replenishments')
    .values({ id: `p-${id}`, depot_id: depot, part, state: 'open', available, safety, raised_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (raised === undefined) return
  await recordDeskEvent(trx, {
    type: 'stock_low',
    ticket: null,
    at,
    data: { part, depot, available, safety },
  })
}
