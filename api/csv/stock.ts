import { type Kysely, sql, type Transaction } from 'kysely'
import { checkSafetyStock } from '../../desk/stock/safety-stock.ts'
import { didYouMean } from '../../lib/did-you-mean.ts'
import type { Records } from '../../store/records/schema.ts'
import { quantityField } from '../schemas/depot.ts'
import { idField } from '../schemas/fields.ts'
import { requiredText, wholeNumber } from './columns.ts'
import type { ImportableTable } from './import-export.ts'
import { rowKey } from './import-plan.ts'

interface StockRow {
  depot: string
  part: string
  onHand: number
  safety: number
}

const quantityHint = 'Write a whole number from 0.'
const key = ['depot', 'part'] as const

/** Stock, by depot and part. */
export const stockTable: ImportableTable<StockRow> = {
  key,
  columns: {
    depot: requiredText('Write the id of a depot.', idField),
    part: requiredText('Write the name of a part, as the rules have it.', idField),
    onHand: wholeNumber(quantityField, 'required', quantityHint),
    safety: wholeNumber(quantityField, { value: 0 }, quantityHint),
  },

  async findExisting(trx, rows) {
    const places = rows.map(({ depot = '', part = '' }) => ({ depot, part }))
    const found = await selectByKeys(trx, places).orderBy('depot_id').orderBy('part').forUpdate().execute()
    return new Map(found.map((row) => [rowKey(row, key), row]))
  },

  async loadReferenceCheck(trx) {
    const depots = new Set((await trx.selectFrom('depots').select('id').execute()).map(({ id }) => id))
    const held = await trx
      .selectFrom('stock')
      .select(['depot_id as depot', 'part', 'reserved'])
      .where('reserved', '>', 0)
      .execute()
    const reserved = new Map(held.map((row) => [rowKey<StockRow>(row, key), row.reserved]))
    return (row) =>
      depotProblem(row.depot, depots) ?? levelProblem(row.onHand, reserved.get(rowKey(row, key)))
  },

  async save(trx: Transaction<Records>, rows: readonly StockRow[], now: Date) {
    await trx
      .insertInto('stock')
      .values(
        rows.map(({ depot, part, onHand, safety }) => ({
          depot_id: depot,
          part,
          on_hand: onHand,
          safety,
          updated_at: now,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['depot_id', 'part']).doUpdateSet(({ ref }) => ({
          on_hand: ref('excluded.on_hand'),
          safety: ref('excluded.safety'),
          updated_at: ref('excluded.updated_at'),
          version: sql`stock.version + 1`,
        })),
      )
      .execute()
    for (const { depot, part } of rows) await checkSafetyStock(trx, { depot, part, at: now.getTime() })
  },

  page(db: Kysely<Records>, after, limit) {
    return db
      .selectFrom('stock')
      .select(['depot_id as depot', 'part', 'on_hand as onHand', 'safety'])
      .$if(after !== undefined, (query) =>
        query.where((is) =>
          is(is.refTuple('depot_id', 'part'), '>', is.tuple(after?.depot ?? '', after?.part ?? '')),
        ),
      )
      .orderBy('depot_id')
      .orderBy('part')
      .limit(limit)
      .execute()
  },
}

function selectByKeys(trx: Transaction<Records>, places: readonly { depot: string; part: string }[]) {
  const given = sql<boolean>`(depot_id, part) in (
    select depot, part from json_to_recordset(${JSON.stringify(places)}::json) as given (depot text, part text)
  )`
  return trx
    .selectFrom('stock')
    .select(['depot_id as depot', 'part', 'on_hand as onHand', 'safety'])
    .where(given)
}

function depotProblem(depot: string, depots: ReadonlySet<string>) {
  if (depots.has(depot)) return undefined
  const meant = didYouMean(depot, depots)
  const hint =
    meant === undefined ? 'Create the depot first: PUT /api/depots/{id}.' : `Did you mean ${meant}?`
  return { column: 'depot', message: `there is no depot ${JSON.stringify(depot)}`, hint }
}

function levelProblem(onHand: number, reserved = 0) {
  if (onHand >= reserved) return undefined
  const message = `tickets hold ${reserved} of them`
  return { column: 'onHand', message, hint: `Count again: at least ${reserved} must be there.` }
}
