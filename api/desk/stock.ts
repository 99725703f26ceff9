import { type Selectable, sql, type Transaction } from 'kysely'
import { checkSafetyStock } from '../../desk/stock/safety-stock.ts'
import type { StockTable } from '../../store/records/desk-schema.ts'
import type { Records } from '../../store/records/schema.ts'
import { ApiError } from '../errors.ts'

export interface StockKey {
  depot: string
  part: string
}

type Stock = Selectable<StockTable>

/** Lock and return the stock of a part in a depot; undefined when it never had that part. */
export function lockStock(trx: Transaction<Records>, { depot, part }: StockKey): Promise<Stock | undefined> {
  return trx
    .selectFrom('stock')
    .selectAll()
    .where('depot_id', '=', depot)
    .where('part', '=', part)
    .forUpdate()
    .executeTakeFirst()
}

interface StockLevel extends StockKey {
  onHand: number
  safety: number
  now: Date
}

/** Replace the stock of a part in a depot. @throws ApiError `command_rejected` when tickets hold more than that */
export async function setStockLevel(
  trx: Transaction<Records>,
  { depot, part, onHand, safety, now }: StockLevel,
  before: Stock | undefined,
): Promise<Stock> {
  if (before !== undefined && onHand < before.reserved)
    throw belowReserved({ depot, part }, before.reserved, onHand)
  const columns = { on_hand: onHand, safety, updated_at: now }
  const stock = await trx
    .insertInto('stock')
    .values({ depot_id: depot, part, ...columns })
    .onConflict((conflict) =>
      conflict.columns(['depot_id', 'part']).doUpdateSet({ ...columns, version: sql`stock.version + 1` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  await checkSafetyStock(trx, { depot, part, at: now.getTime() })
  return stock
}

const belowReserved = ({ depot, part }: StockKey, reserved: number, onHand: number) =>
  new ApiError(
    'command_rejected',
    `Tickets hold ${reserved} of ${part} in ${depot}; ${onHand} cannot be all that is there.`,
  )

/** @throws ApiError `stock_not_found`, `command_rejected` when less is free */
export function requireAvailable(key: StockKey, stock: Stock | undefined, quantity: number): void {
  if (stock === undefined) throw stockNotFound(key)
  const { on_hand, reserved } = stock
  if (on_hand - reserved >= quantity) return
  const held = reserved === 0 ? '' : `, of which tickets hold ${reserved}`
  throw new ApiError(
    'command_rejected',
    `${key.depot} has ${on_hand} of ${key.part}${held}: ${quantity} cannot go.`,
  )
}

export const stockNotFound = ({ depot, part }: StockKey) =>
  new ApiError('stock_not_found', `Depot ${JSON.stringify(depot)} has no part ${JSON.stringify(part)}.`)
