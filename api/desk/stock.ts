import { type Selectable, sql, type Transaction } from 'kysely'
import type { StockTable } from '../../store/records/desk-schema.ts'
import type { Records } from '../../store/records/schema.ts'
import { ApiError } from '../errors.ts'

export interface Place {
  depot: string
  part: string
}

type Stock = Selectable<StockTable>

/** Locks what lies in a place; undefined where there never was such a part. */
export function lockStock(trx: Transaction<Records>, { depot, part }: Place): Promise<Stock | undefined> {
  return trx
    .selectFrom('stock')
    .selectAll()
    .where('depot_id', '=', depot)
    .where('part', '=', part)
    .forUpdate()
    .executeTakeFirst()
}

interface Level extends Place {
  onHand: number
  safety: number
  now: Date
}

/** Says anew what lies in a place. @throws ApiError `command_refused` where tickets hold more than that */
export async function setLevel(
  trx: Transaction<Records>,
  { depot, part, onHand, safety, now }: Level,
  before: Stock | undefined,
): Promise<Stock> {
  if (before !== undefined && onHand < before.reserved)
    throw reservedMore({ depot, part }, before.reserved, onHand)
  const columns = { on_hand: onHand, safety, updated_at: now }
  return trx
    .insertInto('stock')
    .values({ depot_id: depot, part, ...columns })
    .onConflict((conflict) =>
      conflict.columns(['depot_id', 'part']).doUpdateSet({ ...columns, version: sql`stock.version + 1` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

const reservedMore = ({ depot, part }: Place, reserved: number, onHand: number) =>
  new ApiError(
    'command_refused',
    `Tickets hold ${reserved} of ${part} in ${depot}; ${onHand} cannot be all that is there.`,
  )

interface Move extends Place {
  by: number
  now: Date
}

/** Adds to what lies in a place, where it need not have been before. */
export function addStock(trx: Transaction<Records>, { depot, part, by, now }: Move): Promise<Stock> {
  return trx
    .insertInto('stock')
    .values({ depot_id: depot, part, on_hand: by, updated_at: now })
    .onConflict((conflict) =>
      conflict.columns(['depot_id', 'part']).doUpdateSet({
        on_hand: sql`stock.on_hand + ${by}`,
        updated_at: now,
        version: sql`stock.version + 1`,
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Takes from what is free in a place. @throws ApiError `stock_not_found`, `command_refused` */
export async function takeStock(trx: Transaction<Records>, { depot, part, by, now }: Move): Promise<Stock> {
  const before = await lockStock(trx, { depot, part })
  if (before === undefined) throw noStock({ depot, part })
  const free = before.on_hand - before.reserved
  if (free < by) {
    const held = before.reserved === 0 ? '' : `, of which tickets hold ${before.reserved}`
    throw new ApiError(
      'command_refused',
      `${depot} has ${before.on_hand} of ${part}${held}: ${by} cannot go.`,
    )
  }
  return trx
    .updateTable('stock')
    .set({ on_hand: before.on_hand - by, updated_at: now, version: before.version + 1 })
    .where('depot_id', '=', depot)
    .where('part', '=', part)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export const noStock = ({ depot, part }: Place) =>
  new ApiError('stock_not_found', `Depot ${JSON.stringify(depot)} has no part ${JSON.stringify(part)}.`)
