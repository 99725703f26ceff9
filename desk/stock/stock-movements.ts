import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { checkSafetyStock } from './safety-stock.ts'

/** More is to be moved than is free, or from where the part is not kept. */
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

/** Adds what was delivered; a part that the depot has not kept before gets a row. */
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

/** Moves free parts from one depot to another. @throws InsufficientStockError */
export async function transferStock(
  trx: Transaction<Records>,
  { from, to, part, quantity, at }: Omit<GoodsReceipt, 'depot'> & { from: string; to: string },
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
    throw new InsufficientStockError(
      `${from} has not ${quantity} of ${part} that are free: look at its stock`,
    )
  }
  await receiveStock(trx, { depot: to, part, quantity, at })
  await checkSafetyStock(trx, { depot: from, part, at })
}
