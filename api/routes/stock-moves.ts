import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import { restock, StockRefusedError, transfer } from '../../workers/stock/move.ts'
import { Commands, commandHeaders } from '../commands.ts'
import { findStock } from '../desk/stock.ts'
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
          return { body: toStock(await findStock(trx, { depot, part })) }
        }),
    })

    app.post('/api/depots/:id/stock/:part/transfer', {
      schema: {
        ...schema,
        summary: 'Moves what is free to another depot',
        body: transferBody,
        response: {
          200: moved,
          ...problemResponses('depot_not_found', 'command_refused', ...Commands.problems),
        },
      },
      handler: (request, reply) =>
        commands.run({ request, reply }, async (trx) => {
          const { id: from, part } = request.params
          const { to, quantity } = request.body
          if (from === to) throw new ApiError('invalid_request', 'In the body: to: it is the same depot.')
          await findDepot(trx, to)
          await orRefused(transfer(trx, { from, to, part, quantity, at: now() }))
          const [taken, added] = [
            await findStock(trx, { depot: from, part }),
            await findStock(trx, { depot: to, part }),
          ]
          return { body: { from: toStock(taken), to: toStock(added) } }
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

/** @throws ApiError `command_refused` */
async function orRefused(moved: Promise<void>): Promise<void> {
  try {
    await moved
  } catch (error) {
    if (!(error instanceof StockRefusedError)) throw error
    throw new ApiError('command_refused', `${error.message}.`)
  }
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
