import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { receiveStock, transferStock } from '../../desk/stock/stock-movements.ts'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { lockStock, requireAvailable, type StockKey, stockNotFound } from '../desk/stock.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import {
  replenishmentSchema,
  replenishmentStates,
  restockBody,
  stockKeyParams,
  stockSchema,
  toReplenishment,
  toStock,
  transferBody,
} from '../schemas/depot.ts'
import { emptyQuery } from '../schemas/fields.ts'
import { requireDepot } from './depots.ts'

const listQuery = z.strictObject({
  depot: z.string().optional(),
  state: z.enum(replenishmentStates).optional(),
  ...pageQuery,
})
const transferResultSchema = z.object({ from: stockSchema, to: stockSchema }).meta({ id: 'Transfer' })

/** Register the routes of receipts and transfers of parts, and of parts to order. */
export function stockMovementRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  const schema = { tags: ['stock'], params: stockKeyParams, querystring: emptyQuery, headers: commandHeaders }
  return async (app) => {
    app.post('/api/depots/:id/stock/:part/restock', {
      schema: {
        ...schema,
        summary: 'Restock: add received parts',
        body: restockBody,
        response: {
          200: stockSchema,
          ...problemResponses('depot_not_found', ...IdempotentCommands.errorCodes),
        },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const { id: depot, part } = request.params
          await requireDepot(trx, depot)
          await receiveStock(trx, { depot, part, quantity: request.body.quantity, at: now() })
          return { body: await loadStock(trx, { depot, part }) }
        }),
    })

    app.post('/api/depots/:id/stock/:part/transfer', {
      schema: {
        ...schema,
        summary: 'Transfer available parts to another depot',
        body: transferBody,
        response: {
          200: transferResultSchema,
          ...problemResponses(
            'depot_not_found',
            'stock_not_found',
            'command_rejected',
            ...IdempotentCommands.errorCodes,
          ),
        },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const { id: from, part } = request.params
          const { to, quantity } = request.body
          if (from === to) throw new ApiError('invalid_request', 'In the body: to: it is the same depot.')
          await requireDepot(trx, to)
          // One order of locking keeps two opposite transfers from a deadlock.
          for (const depot of [from, to].toSorted()) await lockStock(trx, { depot, part })
          requireAvailable({ depot: from, part }, await lockStock(trx, { depot: from, part }), quantity)
          await transferStock(trx, { from, to, part, quantity, at: now() })
          const body = {
            from: await loadStock(trx, { depot: from, part }),
            to: await loadStock(trx, { depot: to, part }),
          }
          return { body }
        }),
    })

    app.get('/api/replenishments', {
      schema: {
        tags: ['stock'],
        summary: 'List replenishments, newest first',
        querystring: listQuery,
        response: { 200: pageOf(replenishmentSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const rows = await listReplenishments(records, query)
        const page = toPage(rows, query.limit, (row) => [row.raised_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toReplenishment) }
      },
    })
  }
}

async function loadStock(trx: Transaction<Records>, key: StockKey) {
  const stock = await lockStock(trx, key)
  if (stock === undefined) throw stockNotFound(key)
  return toStock(stock)
}

function listReplenishments(records: Kysely<Records>, query: z.output<typeof listQuery>) {
  const { depot, state, limit, cursor } = query
  let rows = records
    .selectFrom('replenishments')
    .selectAll()
    .orderBy('raised_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (depot !== undefined) rows = rows.where('depot_id', '=', depot)
  if (state !== undefined) rows = rows.where('state', '=', state)
  if (cursor !== undefined) {
    const { at, id } = timeCursor(cursor)
    rows = rows.where((is) => is(is.refTuple('raised_at', 'id'), '<', is.tuple(at, id)))
  }
  return rows.execute()
}
