import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { type Kysely, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { checkIfMatch, requireIfMatch, withEtag } from '../etag.ts'
import { versionedHeaders } from '../idempotent-commands.ts'
import { idCursor, pageOf, pageQuery, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { depotBody, depotSchema, toDepot } from '../schemas/depot.ts'
import { emptyQuery, idParams } from '../schemas/fields.ts'

const listQuery = z.strictObject({ region: z.string().optional(), ...pageQuery })
const params = idParams('depot')

/** Register the routes of depots, which include the vans of technicians. */
export function depotRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  const schema = { tags: ['stock'], params, querystring: emptyQuery }
  return async (app) => {
    app.get('/api/depots', {
      schema: {
        tags: ['stock'],
        summary: 'List depots, sorted by id',
        querystring: listQuery,
        response: { 200: pageOf(depotSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const page = toPage(await list(records, query), query.limit, ({ id }) => [id])
        return { ...page, items: page.items.map(toDepot) }
      },
    })

    app.get('/api/depots/:id', {
      schema: {
        ...schema,
        summary: 'Get a depot',
        response: { 200: depotSchema, ...problemResponses('depot_not_found') },
      },
      handler: async ({ params: { id } }, reply) => withEtag(reply, toDepot(await requireDepot(records, id))),
    })

    app.put('/api/depots/:id', {
      schema: {
        ...schema,
        summary: 'Create or replace a depot',
        headers: versionedHeaders,
        body: depotBody,
        response: { 200: depotSchema, ...problemResponses('changed_meanwhile', 'precondition_required') },
      },
      handler: async ({ params: { id }, headers, body }, reply) => {
        const put = { id, headers, columns: { ...body, updated_at: new Date(now()) } }
        return withEtag(reply, await createOrReplaceDepot(records, put))
      },
    })
  }
}

/** @throws ApiError `depot_not_found` */
export async function requireDepot(db: Kysely<Records>, id: string) {
  const depot = await db.selectFrom('depots').selectAll().where('id', '=', id).executeTakeFirst()
  if (depot === undefined) throw new ApiError('depot_not_found', `No depot has the id ${JSON.stringify(id)}.`)
  return depot
}

function list(records: Kysely<Records>, { region, limit, cursor }: z.output<typeof listQuery>) {
  let depots = records
    .selectFrom('depots')
    .selectAll()
    .orderBy('id')
    .limit(limit + 1)
  if (region !== undefined) depots = depots.where('region', '=', region)
  if (cursor !== undefined) depots = depots.where('id', '>', idCursor(cursor))
  return depots.execute()
}

interface DepotUpdate {
  id: string
  headers: z.output<typeof versionedHeaders>
  columns: z.output<typeof depotBody> & { updated_at: Date }
}

/** @throws ApiError `precondition_required`, `changed_meanwhile`, `command_rejected` */
function createOrReplaceDepot(records: Kysely<Records>, { id, headers, columns }: DepotUpdate) {
  return records.transaction().execute(async (trx) => {
    // Of two concurrent requests for a new row, the second finds the row of the first.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`depot/${id}`}, 0))`.execute(trx)
    const before = await trx
      .selectFrom('depots')
      .select(['version', 'kind'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined) checkIfMatch(headers, undefined)
    else requireIfMatch(headers, before.version)
    if (before?.kind === 'van' && columns.kind === 'depot') await requireUnassignedVan(trx, id)
    const depot = await trx
      .insertInto('depots')
      .values({ id, ...columns })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ ...columns, version: sql`depots.version + 1` }),
      )
      .returningAll()
      .executeTakeFirstOrThrow()
    return toDepot(depot)
  })
}

async function requireUnassignedVan(trx: Transaction<Records>, van: string): Promise<void> {
  const driver = await trx.selectFrom('technicians').select('id').where('van_id', '=', van).executeTakeFirst()
  if (driver === undefined) return
  throw new ApiError('invalid_request', `In the body: kind: it is the van of technician ${driver.id}.`)
}
