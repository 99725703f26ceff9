import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { restock, transfer } from '../../desk/stock/move.ts'
import type { Records } from '../../store/records/schema.ts'
import { Commands, commandHeaders } from '../commands.ts'
import { checkFree, lockStock, noStock, type Place } from '../desk/stock.ts'
import { ApiError } from '../errors.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../page.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import {
  replenishmentSchema,
  replenishmentStates,
  restockBody,
  stockParams,
  stockSchema,
  toReplenishment,
  toStock,
  transferBody,
} from '../schemas/depot.ts'
import { noQuery } from '../schemas/fields.ts'
import { findDepot } from './depots.ts'

const listQuery = z.strictObject({
  depot: z.string().optional(),
  state: z.enum(replenishmentStates).optional(),
  ...pageQuery,
})
const moved = z.object({ from: stockSchema, to: stockSchema }).meta({ id: 'Transfer' })

/** Parts that arrive and go, and what is to be ordered. */
export function stockMoveRoutes({ records, now }: Pick<ApiParts, 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new Commands({ records, now })
  const schema = { tags: ['stock'], params: stockParams, querystring: noQuery, headers: commandHeaders }
  return async (app) => {
    app.post('/api/depots/:id/stock/:part/restock', {
      schema: {
        ...schema,
        summary: 'Adds what arrived',
        body: restockBody,
        response: { 200: stockSchema, ...problemResponses('depot_not_found', ...Commands.problems) },
      },
      handler: (request, reply) =>
        commands.run({ request, reply }, async (trx) => {
          const { id: depot, part } = request.params
          await findDepot(trx, depot)
          await restock(trx, { depot, part, quantity: request.body.quantity, at: now() })
          return { body: await stockAt(trx, { depot, part }) }
        }),
    })

    app.post('/api/depots/:id/stock/:part/transfer', {
      schema: {
        ...schema,
        summary: 'Moves what is free to another depot',
        body: transferBody,
        response: {
          200: moved,
          ...problemResponses('depot_not_found', 'stock_not_found', 'command_refused', ...Commands.problems),
        },
      },
      handler: (request, reply) =>
        commands.run({ request, reply }, async (trx) => {
          const { id: from, part } = request.params
          const { to, quantity } = request.body
          if (from === to) throw new ApiError('invalid_request', 'In the body: to: it is the same depot.')
          await findDepot(trx, to)
          // In one order, so that two transfers against each other do not wait for each other.
          for (const depot of [from, to].toSorted()) await lockStock(trx, { depot, part })
          checkFree({ depot: from, part }, await lockStock(trx, { depot: from, part }), quantity)
          await transfer(trx, { from, to, part, quantity, at: now() })
          const body = {
            from: await stockAt(trx, { depot: from, part }),
            to: await stockAt(trx, { depot: to, part }),
          }
          return { body }
        }),
    })

    app.get('/api/replenishments', {
      schema: {
        tags: ['stock'],
        summary: 'What is to be ordered, newest first',
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

async function stockAt(trx: Transaction<Records>, place: Place) {
  const stock = await lockStock(trx, place)
  if (stock === undefined) throw noStock(place)
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
