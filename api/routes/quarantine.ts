import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  countQuarantine,
  findQuarantined,
  listQuarantine,
  type QuarantineFilter,
} from '../../store/records/quarantine/read-quarantine.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import {
  quarantineCountSchema,
  quarantinedInFullSchema,
  quarantinedSchema,
  toQuarantined,
  toQuarantinedInFull,
} from '../schemas/quarantine.ts'
import { timeParameter, toMs } from '../time-parameter.ts'

/** Parameters that choose messages. */
const filterFields = {
  reason: z.string().optional().describe('Such as `not_json` or `out_of_range`.'),
  kind: z.string().optional().describe('Device kind, at the time of receipt or now.'),
  device: z.string().optional(),
  metric: z.string().optional().describe('Metric of single rejected values.'),
  since: timeParameter.optional().describe('First time of receipt.'),
  until: timeParameter.optional().describe('Last time of receipt.'),
}

const listFilterFields = {
  ...filterFields,
  state: z
    .enum(['waiting', 'done', 'all'])
    .default('waiting')
    .describe('`done`: a retry has stored it, or found that it was stored before.'),
}

type GivenFilter = z.output<z.ZodObject<typeof filterFields>> & { state?: 'waiting' | 'done' | 'all' }

function toFilter({ reason, kind, device, metric, since, until, state }: GivenFilter): QuarantineFilter {
  return {
    ...{ reason, kind, device, metric },
    since: since === undefined ? undefined : new Date(toMs(since)),
    until: until === undefined ? undefined : new Date(toMs(until)),
    state: state === 'all' ? undefined : state,
  }
}

const params = z.strictObject({ id: z.string().min(1).max(200).describe('Id of the message.') })

export function quarantineRoutes({ records }: Pick<ApiDependencies, 'records'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/quarantine', {
      schema: {
        tags: ['quarantine'],
        summary: 'List quarantined messages, newest first',
        querystring: z.strictObject({ ...listFilterFields, ...pageQuery }),
        response: { 200: pageOf(quarantinedSchema), ...problemResponses() },
      },
      handler: async ({ query: { limit, cursor, ...given } }) => {
        const after = cursor === undefined ? undefined : timeCursor(cursor)
        const rows = await listQuarantine(records, { ...toFilter(given), limit: limit + 1, after })
        const page = toPage(rows, limit, (row) => [row.received_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toQuarantined) }
      },
    })

    app.get('/api/quarantine/counts', {
      schema: {
        tags: ['quarantine'],
        summary: 'Count quarantined messages by reason and device kind',
        querystring: z.strictObject(listFilterFields),
        response: { 200: z.object({ items: z.array(quarantineCountSchema) }), ...problemResponses() },
      },
      handler: async ({ query }) => ({ items: await countQuarantine(records, toFilter(query)) }),
    })

    app.get('/api/quarantine/:id', {
      schema: {
        tags: ['quarantine'],
        summary: 'Get a quarantined message with its whole payload',
        params,
        querystring: z.strictObject({}),
        response: { 200: quarantinedInFullSchema, ...problemResponses('quarantined_not_found') },
      },
      handler: async ({ params: { id } }) => {
        const row = await findQuarantined(records, id)
        if (row === undefined)
          throw new ApiError(
            'quarantined_not_found',
            `No quarantined message has the id ${JSON.stringify(id)}.`,
          )
        return toQuarantinedInFull(row)
      },
    })
  }
}
