import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { sql } from 'kysely'
import { z } from 'zod'
import type { ApiDependencies } from '../dependencies.ts'
import { filterEpisodes, findEpisode, findingSortColumns } from '../desk/finding-episodes.ts'
import { sortedPage, sortedPageQuery } from '../desk/sorted-page.ts'
import { ApiError } from '../errors.ts'
import { pageOf } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { deviceParams } from '../schemas/device.ts'
import { emptyQuery, idParams } from '../schemas/fields.ts'
import {
  findingDetailSchema,
  findingEpisodeSchema,
  findingStates,
  toFindingEpisode,
} from '../schemas/finding.ts'
import { severities, toFinding } from '../schemas/ticket.ts'
import { timeParameter, toMs } from '../time-parameter.ts'
import { requireDevice } from './devices.ts'

const flag = z.enum(['true', 'false'])
const filterFields = {
  rule: z.string().optional(),
  component: z.string().optional(),
  severity: z.enum(severities).optional(),
  state: z.enum(findingStates).optional(),
  active: flag.optional().describe('Whether it was not cleared.'),
  shadow: flag.optional().describe('Whether a shadow rule made it. Default: both.'),
  from: timeParameter.optional().describe('Raised from: ISO 8601 or ms since 1970 UTC, inclusive.'),
  until: timeParameter.optional().describe('Raised until: ISO 8601 or ms since 1970 UTC, exclusive.'),
  ...sortedPageQuery(findingSortColumns, '-raisedAt'),
}
const ofDeviceQuery = z.strictObject(filterFields)
const listQuery = z.strictObject({
  device: z.string().optional(),
  kind: z.string().optional().describe('Device kind.'),
  model: z.string().optional(),
  ...filterFields,
})

export function findingRoutes({ records }: Pick<ApiDependencies, 'records'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/findings', {
      schema: {
        tags: ['findings'],
        summary: 'List findings, newest first',
        description:
          'One item for each episode: from raised to cleared. Findings of sensors, of whole firmwares and of shadow rules are included. ' +
          'While pages of `-updatedAt` are read, an item that changes moves to the front.',
        querystring: listQuery,
        response: { 200: pageOf(findingEpisodeSchema), ...problemResponses() },
      },
      handler: ({ query }) => listEpisodes(records, query),
    })

    app.get('/api/devices/:id/findings', {
      schema: {
        tags: ['findings'],
        summary: 'List the findings of a device, newest first',
        params: deviceParams,
        querystring: ofDeviceQuery,
        response: { 200: pageOf(findingEpisodeSchema), ...problemResponses('device_not_found') },
      },
      handler: async ({ params, query }) => {
        const { id } = await requireDevice(records, params.id)
        return listEpisodes(records, { ...query, device: id })
      },
    })

    app.get('/api/findings/:id', {
      schema: {
        tags: ['findings'],
        summary: 'Get a finding with its history',
        params: idParams('finding: that of the raised one, or of a later one of its episode'),
        querystring: emptyQuery,
        response: { 200: findingDetailSchema, ...problemResponses('finding_not_found') },
      },
      handler: async ({ params: { id } }) => {
        const found = await findEpisode(records, id)
        if (found === undefined)
          throw new ApiError('finding_not_found', `No finding has the id ${JSON.stringify(id)}.`)
        return { ...toFindingEpisode(found.episode), history: found.history.map(toFinding) }
      },
    })
  }
}

async function listEpisodes(records: ApiDependencies['records'], query: z.output<typeof listQuery>) {
  const { from, until, active, shadow, ...filter } = query
  const rows = filterEpisodes(records, {
    ...filter,
    ...(active !== undefined && { active: active === 'true' }),
    ...(shadow !== undefined && { shadow: shadow === 'true' }),
    ...(from !== undefined && { from: new Date(toMs(from)) }),
    ...(until !== undefined && { until: new Date(toMs(until)) }),
  })
  const page = await sortedPage(rows, { columns: findingSortColumns, id: sql.ref('findings.id'), query })
  return { ...page, items: page.items.map(toFindingEpisode) }
}
