import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { sql } from 'kysely'
import { z } from 'zod'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import {
  incidentFindingSchema,
  incidentSchema,
  incidentStates,
  toIncident,
  toIncidentFinding,
} from '../schemas/incident.ts'

const listQuery = z.strictObject({
  state: z.enum(incidentStates).optional(),
  rule: z.string().optional(),
  ...pageQuery,
})
const findingsQuery = z.strictObject(pageQuery)

export function incidentRoutes({ records }: Pick<ApiDependencies, 'records'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/incidents', {
      schema: {
        tags: ['incidents'],
        summary: 'List incidents (grouped alarm floods), newest first',
        querystring: listQuery,
        response: { 200: pageOf(incidentSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const rows = await list(records, query)
        const page = toPage(rows, query.limit, (row) => [row.opened_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toIncident) }
      },
    })

    app.get('/api/incidents/:id/findings', {
      schema: {
        tags: ['incidents'],
        summary: 'List the findings of an incident, newest first',
        params: z.strictObject({ id: z.string().min(1).max(200).describe('Id of the incident.') }),
        querystring: findingsQuery,
        response: { 200: pageOf(incidentFindingSchema), ...problemResponses('incident_not_found') },
      },
      handler: async ({ params, query }) => {
        const rows = await findingsOf(records, params.id, query)
        const page = toPage(rows, query.limit, (row) => [row.at.toISOString(), row.id])
        return { ...page, items: page.items.map(toIncidentFinding) }
      },
    })
  }
}

function list(
  records: ApiDependencies['records'],
  { state, rule, limit, cursor }: z.output<typeof listQuery>,
) {
  let incidents = records
    .selectFrom('incidents')
    .selectAll()
    .select(
      sql<number>`(
        select count(*)::int from findings where incident_id = incidents.id and withheld is not null
      )`.as('waiting'),
    )
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (state !== undefined) incidents = incidents.where('state', '=', state)
  if (rule !== undefined) incidents = incidents.where('rule', '=', rule)
  if (cursor !== undefined) {
    const { at, id } = timeCursor(cursor)
    incidents = incidents.where((is) => is(is.refTuple('opened_at', 'id'), '<', is.tuple(at, id)))
  }
  return incidents.execute()
}

async function findingsOf(
  records: ApiDependencies['records'],
  incident: string,
  { limit, cursor }: z.output<typeof findingsQuery>,
) {
  const known = await records
    .selectFrom('incidents')
    .select('id')
    .where('id', '=', incident)
    .executeTakeFirst()
  if (!known) throw new ApiError('incident_not_found', `No incident has the id ${JSON.stringify(incident)}.`)
  let findings = records
    .selectFrom('findings')
    .selectAll()
    .where('incident_id', '=', incident)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const { at, id } = timeCursor(cursor)
    findings = findings.where((is) => is(is.refTuple('at', 'id'), '<', is.tuple(at, id)))
  }
  return findings.execute()
}
