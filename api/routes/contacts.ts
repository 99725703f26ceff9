import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { userId } from '../../ingest/decode/field-schemas.ts'
import { addContact } from '../../notices/channels/contacts.ts'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { contactSchema, createContactBody, toContact } from '../schemas/contact.ts'
import { emptyQuery, idField } from '../schemas/fields.ts'

const params = z.strictObject({
  user: idField.describe('Id of an owner or a technician, `dispatcher` or `service_manager`.'),
})
const listQuery = z.strictObject(pageQuery)
const deleted = z.object({ id: z.string() }).meta({ id: 'DeletedContact' })

/** Register the routes of the contacts of users. */
export function contactRoutes({
  records,
  addresses,
  now,
  newId,
}: Pick<ApiDependencies, 'records' | 'addresses' | 'now' | 'newId'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  return async (app) => {
    app.get('/api/users/:user/contacts', {
      schema: {
        tags: ['people'],
        summary: 'List the contacts of a user, newest first',
        params,
        querystring: listQuery,
        response: { 200: pageOf(contactSchema), ...problemResponses() },
      },
      handler: async ({ params: { user }, query }) => {
        const rows = await list(records, user, query)
        const page = toPage(rows, query.limit, (row) => [row.created_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toContact) }
      },
    })

    app.post('/api/users/:user/contacts', {
      schema: {
        tags: ['people'],
        summary: 'Add a contact; an existing address returns the existing contact',
        // Notices of other users cannot be published.
        params: params.extend({ user: userId.describe('Id of the user.') }),
        querystring: emptyQuery,
        headers: commandHeaders,
        body: createContactBody(addresses),
        response: { 200: contactSchema, ...problemResponses(...IdempotentCommands.errorCodes) },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const id = newId()
          const { user } = request.params
          const added = await addContact(trx, { id, user, ...request.body, addresses, now: new Date(now()) })
          if (added.is === 'invalid')
            throw new ApiError('invalid_request', `In the body: address: ${added.reasons.join('; ')}.`)
          const contact = await trx
            .selectFrom('contacts')
            .selectAll()
            .where('id', '=', added.is === 'existing' ? added.id : id)
            .executeTakeFirstOrThrow()
          return { body: toContact(contact) }
        }),
    })

    app.delete('/api/users/:user/contacts/:id', {
      schema: {
        tags: ['people'],
        summary: 'Delete a contact',
        params: params.extend({ id: idField.describe('Id of the contact.') }),
        querystring: emptyQuery,
        response: { 200: deleted, ...problemResponses('contact_not_found') },
      },
      handler: async ({ params: { user, id } }) => {
        const gone = await records
          .deleteFrom('contacts')
          .where('user_id', '=', user)
          .where('id', '=', id)
          .returning('id')
          .executeTakeFirst()
        if (gone !== undefined) return gone
        throw new ApiError('contact_not_found', `${user} has no contact with the id ${JSON.stringify(id)}.`)
      },
    })
  }
}

function list(records: Kysely<Records>, user: string, { limit, cursor }: z.output<typeof listQuery>) {
  let contacts = records
    .selectFrom('contacts')
    .selectAll()
    .where('user_id', '=', user)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const { at, id } = timeCursor(cursor)
    contacts = contacts.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(at, id)))
  }
  return contacts.execute()
}
