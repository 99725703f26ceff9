import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { checkSafetyStock } from './safety-stock.ts'

/** The source has fewer free parts than requested, or does not stock the part. */
class InsufficientStockError extends Error {
  override readonly name = 'InsufficientStockError'
}

export interface GoodsReceipt {
  depot: string
  part: string
  quantity: number
  /** ms since 1970 UTC. */
  at: number
}

/** Add delivered parts to the stock of a depot, also of a part that it did not stock before. */
export async function receiveStock(
  trx: Transaction<Records>,
  { depot, part, quantity, at }: GoodsReceipt,
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
  await checkSafetyStock(trx, { depot, part, at })
}

/** Move free parts from one depot to another. @throws InsufficientStockError */
export async function transferStock(
  trx: Transaction<Records>,
  { from, to, part, quantity, at }: Omit<GoodsReceipt, 'depot'> & { from: string; to: string },
): Promise<void> {
  // Lock rows in a fixed order, so that two opposite transfers cannot deadlock.
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
    throw new InsufficientStockError(
      `${from} has fewer than ${quantity} free parts ${part}. Check its stock, or transfer fewer`,
    )
  }
  await receiveStock(trx, { depot: to, part, quantity, at })
  await checkSafetyStock(trx, { depot: from, part, at })
}
