import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import { releaseTickets } from '../../desk/dispatch/release-tickets.ts'
import { technicianId } from '../../ingest/decode/field-schemas.ts'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { requireTechnician, saveTechnician, selectTechnicians } from '../desk/technicians.ts'
import { checkIfMatch, requireIfMatch, withEtag } from '../etag.ts'
import { commandHeaders, IdempotentCommands, versionedHeaders } from '../idempotent-commands.ts'
import { idCursor, pageOf, pageQuery, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { emptyBody, emptyQuery, idParams } from '../schemas/fields.ts'
import { type TechnicianBody, technicianBody, technicianSchema, toTechnician } from '../schemas/technician.ts'

const listQuery = z.strictObject({
  region: z.string().optional(),
  skill: z.string().optional(),
  active: z.enum(['true', 'false']).optional(),
  ...pageQuery,
})
const params = idParams('technician')

/** Register the routes of technicians with their skills and shifts. */
export function technicianRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  const schema = { tags: ['people'], params, querystring: emptyQuery }
  return async (app) => {
    app.get('/api/technicians', {
      schema: {
        tags: ['people'],
        summary: 'List technicians, sorted by id',
        querystring: listQuery,
        response: { 200: pageOf(technicianSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const page = toPage(await list(records, query), query.limit, ({ id }) => [id])
        return { ...page, items: page.items.map(toTechnician) }
      },
    })

    app.get('/api/technicians/:id', {
      schema: {
        ...schema,
        summary: 'Get a technician',
        response: { 200: technicianSchema, ...problemResponses('technician_not_found') },
      },
      handler: async ({ params: { id } }, reply) =>
        withEtag(reply, toTechnician(await requireTechnician(records, id))),
    })

    app.put('/api/technicians/:id', {
      schema: {
        ...schema,
        summary: 'Create or replace a technician',
        params: z.strictObject({ id: technicianId.describe('Id of the technician.') }),
        headers: versionedHeaders,
        body: technicianBody,
        response: {
          200: technicianSchema,
          ...problemResponses('changed_meanwhile', 'precondition_required'),
        },
      },
      handler: async ({ params: { id }, headers, body }, reply) => {
        const put = { id, headers, body, now: new Date(now()) }
        return withEtag(reply, await createOrReplaceTechnician(records, put))
      },
    })

    for (const [step, active] of Object.entries({ deactivate: false, activate: true })) {
      app.post(`/api/technicians/:id/${step}`, {
        schema: {
          ...schema,
          summary: active
            ? 'Activate a technician: propose them for tickets again'
            : 'Deactivate a technician: no further proposals; offers are withdrawn and assigned tickets are open again',
          headers: versionedHeaders.extend(commandHeaders.shape),
          body: emptyBody,
          response: {
            200: technicianSchema,
            ...problemResponses(
              'technician_not_found',
              'changed_meanwhile',
              ...IdempotentCommands.errorCodes,
            ),
          },
        },
        handler: (request, reply) =>
          commands.runInTransaction({ request, reply }, async (trx) => {
            const { id } = request.params
            // Tickets are locked before technicians, as by a command that assigns one.
            if (!active) await releaseTickets(trx, { technicians: [id], at: now() })
            await trx.selectFrom('technicians').select('id').where('id', '=', id).forUpdate().execute()
            const { version } = await requireTechnician(trx, id)
            checkIfMatch(request.headers, version)
            await trx
              .updateTable('technicians')
              .set({ active, updated_at: new Date(now()), version: sql`version + 1` })
              .where('id', '=', id)
              .where('active', '!=', active)
              .execute()
            return { body: toTechnician(await requireTechnician(trx, id)) }
          }),
      })
    }
  }
}

function list(records: Kysely<Records>, query: z.output<typeof listQuery>) {
  const { region, skill, active, limit, cursor } = query
  let technicians = selectTechnicians(records)
    .orderBy('id')
    .limit(limit + 1)
  if (region !== undefined) technicians = technicians.where('region', '=', region)
  if (active !== undefined) technicians = technicians.where('active', '=', active === 'true')
  if (skill !== undefined) {
    technicians = technicians.where('id', 'in', (select) =>
      select.selectFrom('technician_skills').select('technician_id').where('skill', '=', skill),
    )
  }
  if (cursor !== undefined) technicians = technicians.where('id', '>', idCursor(cursor))
  return technicians.execute()
}

interface TechnicianUpdate {
  id: string
  headers: z.output<typeof versionedHeaders>
  body: TechnicianBody
  now: Date
}

/** @throws ApiError `precondition_required`, `changed_meanwhile` */
function createOrReplaceTechnician(records: Kysely<Records>, { id, headers, body, now }: TechnicianUpdate) {
  return records.transaction().execute(async (trx) => {
    // Of two concurrent requests for a new row, the second finds the row of the first.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`technician/${id}`}, 0))`.execute(trx)
    const before = await trx
      .selectFrom('technicians')
      .select('version')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined) checkIfMatch(headers, undefined)
    else requireIfMatch(headers, before.version)
    await saveTechnician(trx, { id, body, now })
    return toTechnician(await requireTechnician(trx, id))
  })
}
