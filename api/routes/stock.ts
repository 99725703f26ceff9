import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { type Kysely, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { lockStock, type StockKey, setStockLevel, stockNotFound } from '../desk/stock.ts'
import { checkIfMatch, requireIfMatch, withEtag } from '../etag.ts'
import { versionedHeaders } from '../idempotent-commands.ts'
import { pageOf, pageQuery, pairCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { stockKeyParams, stockLevelBody, stockSchema, toStock } from '../schemas/depot.ts'
import { emptyQuery } from '../schemas/fields.ts'
import { requireDepot } from './depots.ts'

const listQuery = z.strictObject({
  depot: z.string().optional(),
  part: z.string().optional(),
  low: z.enum(['true', 'false']).optional().describe('Whether available stock is below the safety stock.'),
  ...pageQuery,
})

/** Register the routes of stock by depot and part. */
export function stockRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  const schema = { tags: ['stock'], params: stockKeyParams, querystring: emptyQuery }
  return async (app) => {
    app.get('/api/stock', {
      schema: {
        tags: ['stock'],
        summary: 'List stock, sorted by depot and part',
        querystring: listQuery,
        response: { 200: pageOf(stockSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const rows = await list(records, query)
        const page = toPage(rows, query.limit, (row) => [row.depot_id, row.part])
        return { ...page, items: page.items.map(toStock) }
      },
    })

    app.get('/api/depots/:id/stock/:part', {
      schema: {
        ...schema,
        summary: 'Get the stock of a part in a depot',
        response: { 200: stockSchema, ...problemResponses('stock_not_found') },
      },
      handler: async ({ params: { id, part } }, reply) =>
        withEtag(reply, toStock(await requireStock(records, { depot: id, part }))),
    })

    app.put('/api/depots/:id/stock/:part', {
      schema: {
        ...schema,
        summary: 'Set the stock level of a part after a stocktake',
        headers: versionedHeaders,
        body: stockLevelBody,
        response: {
          200: stockSchema,
          ...problemResponses(
            'depot_not_found',
            'command_rejected',
            'changed_meanwhile',
            'precondition_required',
          ),
        },
      },
      handler: async ({ params: { id, part }, headers, body }, reply) => {
        const put = { depot: id, part, ...body, now: new Date(now()) }
        const stock = await records.transaction().execute((trx) => replaceStockLevel(trx, put, headers))
        return withEtag(reply, toStock(stock))
      },
    })
  }
}

function list(records: Kysely<Records>, { depot, part, low, limit, cursor }: z.output<typeof listQuery>) {
  let stock = records
    .selectFrom('stock')
    .selectAll()
    .orderBy('depot_id')
    .orderBy('part')
    .limit(limit + 1)
  if (depot !== undefined) stock = stock.where('depot_id', '=', depot)
  if (part !== undefined) stock = stock.where('part', '=', part)
  if (low !== undefined) stock = stock.where(sql<boolean>`(on_hand - reserved < safety)`, '=', low === 'true')
  if (cursor !== undefined) {
    const [afterDepot, afterPart] = pairCursor(cursor)
    stock = stock.where((is) => is(is.refTuple('depot_id', 'part'), '>', is.tuple(afterDepot, afterPart)))
  }
  return stock.execute()
}

async function requireStock(records: Kysely<Records>, key: StockKey) {
  const stock = await records
    .selectFrom('stock')
    .selectAll()
    .where('depot_id', '=', key.depot)
    .where('part', '=', key.part)
    .executeTakeFirst()
  if (stock === undefined) throw stockNotFound(key)
  return stock
}

/** @throws ApiError `depot_not_found`, `precondition_required`, `changed_meanwhile`, `command_rejected` */
async function replaceStockLevel(
  trx: Transaction<Records>,
  level: Parameters<typeof setStockLevel>[1],
  headers: z.output<typeof versionedHeaders>,
) {
  await requireDepot(trx, level.depot)
  // Of two concurrent requests for a new row, the second finds the row of the first.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`stock/${level.depot}/${level.part}`}, 0))`.execute(
    trx,
  )
  const before = await lockStock(trx, level)
  if (before === undefined) checkIfMatch(headers, undefined)
  else requireIfMatch(headers, before.version)
  return setStockLevel(trx, level, before)
}
