import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { QuarantineTable } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'

const listQuery = z.strictObject({
  reason: z.string().optional().describe('Such as `not_json` or `out_of_range`.'),
  device: z.string().optional(),
  ...pageQuery,
})

type ListQuery = z.output<typeof listQuery>

const quarantinedSchema = z
  .object({
    id: z.string(),
    receivedAt: z.date(),
    topic: z.string(),
    device: z.string().nullable(),
    reason: z.string(),
    detail: z.string().describe('What is invalid, and what is allowed.'),
    payload: z.string().describe('Payload as text, truncated to 2,000 characters.'),
  })
  .meta({ id: 'Quarantined' })

export function quarantineRoutes({ records }: Pick<ApiDependencies, 'records'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/quarantine', {
      schema: {
        tags: ['quarantine'],
        summary: 'List quarantined messages, newest first',
        querystring: listQuery,
        response: { 200: pageOf(quarantinedSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const rows = await list(records, query)
        const page = toPage(rows, query.limit, (row) => [row.received_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toQuarantined) }
      },
    })
  }
}

function list(records: ApiDependencies['records'], { reason, device, limit, cursor }: ListQuery) {
  let quarantined = records
    .selectFrom('quarantine')
    .selectAll()
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (reason !== undefined) quarantined = quarantined.where('reason', '=', reason)
  if (device !== undefined) quarantined = quarantined.where('device_id', '=', device)
  if (cursor !== undefined) {
    const { at, id } = timeCursor(cursor)
    quarantined = quarantined.where((is) => is(is.refTuple('received_at', 'id'), '<', is.tuple(at, id)))
  }
  return quarantined.execute()
}

function toQuarantined(row: Selectable<QuarantineTable>): z.output<typeof quarantinedSchema> {
  const { id, topic, reason, detail, payload } = row
  return { id, receivedAt: row.received_at, topic, device: row.device_id, reason, detail, payload }
}
