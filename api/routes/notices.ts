import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../page.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { idField } from '../schemas/fields.ts'
import { noticeSchema, toNotice } from '../schemas/notice.ts'

const params = z.strictObject({ user: idField.describe('Id of the user.') })
const listQuery = z.strictObject({
  device: z.string().optional(),
  kind: z.string().optional(),
  ...pageQuery,
})

/** What a household was told, across all its devices. */
export function noticeRoutes({ records }: Pick<ApiParts, 'records'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/users/:user/notices', {
      schema: {
        tags: ['people'],
        summary: 'The notices of a user, across all devices, newest first',
        params,
        querystring: listQuery,
        response: { 200: pageOf(noticeSchema), ...problemResponses() },
      },
      handler: async ({ params: { user }, query }) => {
        const rows = await list(records, user, query)
        const page = toPage(rows, query.limit, (row) => [row.created_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toNotice) }
      },
    })
  }
}

function list(records: Kysely<Records>, user: string, query: z.output<typeof listQuery>) {
  const { device, kind, limit, cursor } = query
  let notices = records
    .selectFrom('notices')
    .selectAll()
    .where('user_id', '=', user)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (device !== undefined) notices = notices.where('device_id', '=', device)
  if (kind !== undefined) notices = notices.where('kind', '=', kind)
  if (cursor !== undefined) {
    const { at, id } = timeCursor(cursor)
    notices = notices.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(at, id)))
  }
  return notices.execute()
}
