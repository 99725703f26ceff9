import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { checkLevel } from './levels.ts'

/** More is to be moved than is free, or from where the part is not kept. */
class StockRefusedError extends Error {
  override readonly name = 'StockRefusedError'
}

export interface Delivery {
  depot: string
  part: string
  quantity: number
  /** ms since 1970 UTC. */
  at: number
}

/** Adds what was delivered; a part that the depot has not kept before gets a row. */
export async function restock(
  trx: Transaction<Records>,
  { depot, part, quantity, at }: Delivery,
): Promise<void> {
  await trx
    .insertInto('stock')
    .values({ depot_id: depot, part, on_hand: quantity, updated_at: new Date(at) })
    .onConflict((conflict) =>
      conflict.columns(['depot_id', 'part']).doUpdateSet({
        on_hand: sql`stock.on_hand + ${quantity}`,
        version: sql`stock.version + 1`,
        updated_at: new Date(at),
      }),
    )
    .execute()
  await checkLevel(trx, { depot, part, at })
}

/** Moves free parts from one depot to another. @throws StockRefusedError */
export async function transfer(
  trx: Transaction<Records>,
  { from, to, part, quantity, at }: Omit<Delivery, 'depot'> & { from: string; to: string },
): Promise<void> {
  // In one order for all, so that two transfers against each other do not wait for each other.
  await trx
    .selectFrom('stock')
    .select('depot_id')
    .where('part', '=', part)
    .where('depot_id', 'in', [from, to])
    .orderBy('depot_id')
    .forUpdate()
    .execute()
  const taken = await trx
    .updateTable('stock')
    .set({ on_hand: sql`on_hand - ${quantity}`, version: sql`version + 1`, updated_at: new Date(at) })
    .where('depot_id', '=', from)
    .where('part', '=', part)
    .where(sql<boolean>`on_hand - reserved >= ${quantity}`)
    .returning('on_hand')
    .executeTakeFirst()
  if (taken === undefined) {
    throw new StockRefusedError(`${from} has not ${quantity} of ${part} that are free: look at its stock`)
  }
  await restock(trx, { depot: to, part, quantity, at })
  await checkLevel(trx, { depot: from, part, at })
}
