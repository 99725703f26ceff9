import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { applyOwnerAnswer } from '../../desk/owners/apply-owner-answer.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { mapCommandErrors } from '../desk/map-command-errors.ts'
import { ownerAnswersByNotice } from '../desk/owner-answers.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { emptyQuery, idField } from '../schemas/fields.ts'
import { noticeSchema, toNotice } from '../schemas/notice.ts'
import { ownerAnswerBody } from '../schemas/owner-answer.ts'

const params = z.strictObject({ user: idField.describe('Id of the user.') })
const listQuery = z.strictObject({
  device: z.string().optional(),
  kind: z.string().optional(),
  ...pageQuery,
})

/** Register the routes of the notices to a user, across all their devices, and of the user's answers. */
export function noticeRoutes(
  dependencies: Pick<ApiDependencies, 'records' | 'now' | 'newId'>,
): FastifyPluginAsyncZod {
  const { records } = dependencies
  return async (app) => {
    await app.register(noticeAnswerRoute(dependencies))
    app.get('/api/users/:user/notices', {
      schema: {
        tags: ['people'],
        summary: 'List the notices of a user across all devices, newest first',
        params,
        querystring: listQuery,
        response: { 200: pageOf(noticeSchema), ...problemResponses() },
      },
      handler: async ({ params: { user }, query }) => {
        const rows = await list(records, { user, until: new Date(dependencies.now()) }, query)
        const page = toPage(rows, query.limit, (row) => [row.created_at.toISOString(), row.id])
        const answers = await ownerAnswersByNotice(records, page.items)
        return { ...page, items: page.items.map((row) => toNotice(row, answers.get(row.id) ?? [])) }
      },
    })
  }
}

/** The clients of this route are the apps of owners: a caller acts for the user. */
function noticeAnswerRoute({
  records,
  now,
  newId,
}: Pick<ApiDependencies, 'records' | 'now' | 'newId'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  const messages = loadMessageCatalog()
  return async (app) => {
    app.post('/api/users/:user/notices/:notice/answers', {
      schema: {
        tags: ['people'],
        summary: 'Answer a notice with one of its actions',
        description:
          'book: a visit, at one of the times of GET /api/tickets/{id}/slots; snooze: the same again later; done_myself and ' +
          'not_interested: no visit is needed; rate: how the service was.',
        params: params.extend({ notice: idField.describe('Id of the notice.') }),
        querystring: emptyQuery,
        headers: commandHeaders,
        body: ownerAnswerBody,
        response: {
          200: noticeSchema,
          ...problemResponses('notice_not_found', 'command_rejected', ...IdempotentCommands.errorCodes),
        },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const { params, headers, body: answer } = request
          const { 'idempotency-key': key } = headers
          const given = { ...params, id: key === undefined ? newId() : `api:${key}`, at: now(), answer }
          const row = await mapCommandErrors(applyOwnerAnswer(trx, given, messages))
          return { body: toNotice(row, (await ownerAnswersByNotice(trx, [row])).get(row.id) ?? []) }
        }),
    })
  }
}

/** Select a page of notices, without those that the user has snoozed. */
function list(
  records: Kysely<Records>,
  { user, until }: { user: string; until: Date },
  query: z.output<typeof listQuery>,
) {
  const { device, kind, limit, cursor } = query
  let notices = records
    .selectFrom('notices')
    .selectAll()
    .where('user_id', '=', user)
    .where(({ or, eb }) => or([eb('kind', '!=', 'reminder'), eb('created_at', '<=', until)]))
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
