import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { requireIfMatch, withEtag } from '../etag.ts'
import { versionedHeaders } from '../idempotent-commands.ts'
import { idCursor, pageOf, pageQuery, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { emptyQuery, idParams } from '../schemas/fields.ts'
import { ownerFields, ownerSchema, toOwner } from '../schemas/owner.ts'

const listQuery = z.strictObject({ region: z.string().optional(), ...pageQuery })
const params = idParams('owner')
const ownerPatchBody = z.strictObject(ownerFields).partial()
type OwnerPatch = z.output<typeof ownerPatchBody>

/** Register the routes of owners, with their language and the hours for notices. */
export function ownerRoutes({ records }: Pick<ApiDependencies, 'records'>): FastifyPluginAsyncZod {
  const schema = { tags: ['people'], params, querystring: emptyQuery }
  return async (app) => {
    app.get('/api/owners', {
      schema: {
        tags: ['people'],
        summary: 'List owners, sorted by id',
        querystring: listQuery,
        response: { 200: pageOf(ownerSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const page = toPage(await list(records, query), query.limit, ({ id }) => [id])
        return { ...page, items: page.items.map(toOwner) }
      },
    })

    app.get('/api/owners/:id', {
      schema: {
        ...schema,
        summary: 'Get an owner',
        response: { 200: ownerSchema, ...problemResponses('owner_not_found') },
      },
      handler: async ({ params: { id } }, reply) => {
        const owner = await records.selectFrom('owners').selectAll().where('id', '=', id).executeTakeFirst()
        if (owner === undefined) throw ownerNotFound(id)
        return withEtag(reply, toOwner(owner))
      },
    })

    app.patch('/api/owners/:id', {
      schema: {
        ...schema,
        summary: 'Update an owner; omitted fields stay unchanged',
        headers: versionedHeaders,
        body: ownerPatchBody,
        response: {
          200: ownerSchema,
          ...problemResponses('owner_not_found', 'changed_meanwhile', 'precondition_required'),
        },
      },
      handler: async ({ params: { id }, headers, body }, reply) =>
        withEtag(reply, await updateOwner(records, { id, headers, change: toColumns(body) })),
    })
  }
}

function list(records: Kysely<Records>, { region, limit, cursor }: z.output<typeof listQuery>) {
  let owners = records
    .selectFrom('owners')
    .selectAll()
    .orderBy('id')
    .limit(limit + 1)
  if (region !== undefined) owners = owners.where('region', '=', region)
  if (cursor !== undefined) owners = owners.where('id', '>', idCursor(cursor))
  return owners.execute()
}

interface OwnerUpdate {
  id: string
  headers: z.output<typeof versionedHeaders>
  change: ReturnType<typeof toColumns>
}

/** @throws ApiError `owner_not_found`, `precondition_required`, `changed_meanwhile` */
function updateOwner(records: Kysely<Records>, { id, headers, change }: OwnerUpdate) {
  return records.transaction().execute(async (trx) => {
    const owner = await trx
      .selectFrom('owners')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (owner === undefined) throw ownerNotFound(id)
    requireIfMatch(headers, owner.version)
    const changed = { ...owner, ...change, version: owner.version + 1 }
    if ((changed.latitude === null) !== (changed.longitude === null))
      throw new ApiError('invalid_request', 'In the body: latitude and longitude belong together.')
    await trx
      .updateTable('owners')
      .set({ ...change, version: changed.version })
      .where('id', '=', id)
      .execute()
    return toOwner(changed)
  })
}

function toColumns({ timeZone, quietFrom, quietUntil, ...same }: OwnerPatch) {
  return withoutUndefined({
    ...same,
    time_zone: timeZone,
    quiet_from: quietFrom,
    quiet_until: quietUntil,
  })
}

/** Absent fields are not changed. */
function withoutUndefined<T extends object>(fields: T) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

const ownerNotFound = (id: string) =>
  new ApiError('owner_not_found', `No owner has the id ${JSON.stringify(id)}.`)
