import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { DeadLetterOutcome } from '../../workers/dead-letters.ts'
import { Commands, commandHeaders } from '../commands.ts'
import { ApiError } from '../errors.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../page.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { deadLetterSchema, outcomeSchema, toDeadLetterAnswer } from '../schemas/dead-letter.ts'

const params = z.strictObject({ id: z.string().min(1).max(200).describe('Id of the dead letter.') })
const noQuery = z.strictObject({})
// A body that has to be JSON keeps pages of other origins from asking: their browser would ask us first.
const emptyBody = z.strictObject({})

export function deadLetterRoutes({
  deadLetters,
  records,
  now,
}: Pick<ApiParts, 'deadLetters' | 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new Commands({ records, now })
  return async (app) => {
    app.get('/api/dead-letters', {
      schema: {
        tags: ['operation'],
        summary: 'What could not be handled, newest first',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(deadLetterSchema), ...problemResponses() },
      },
      handler: async ({ query: { limit, cursor } }) => {
        const last = cursor === undefined ? undefined : timeCursor(cursor)
        const after = last && { at: last.at.getTime(), id: last.id }
        const letters = await deadLetters.list({ limit: limit + 1, ...(after && { after }) })
        const answers = letters.map(toDeadLetterAnswer)
        return toPage(answers, limit, (letter) => [letter.at.toISOString(), letter.id])
      },
    })

    const schema = { tags: ['operation'], params, querystring: noQuery }
    const response = { 200: outcomeSchema, ...problemResponses('dead_letter_not_found') }

    app.post('/api/dead-letters/:id/retry', {
      schema: {
        ...schema,
        summary: 'Has it handled again, by whoever could not',
        headers: commandHeaders,
        body: emptyBody,
        response: { ...response, ...problemResponses('dead_letter_not_found', ...Commands.problems) },
      },
      handler: (request, reply) =>
        commands.claim({ request, reply }, async () => {
          const { id } = request.params
          return { body: answer(id, await deadLetters.retry(id)) }
        }),
    })

    app.delete('/api/dead-letters/:id', {
      schema: { ...schema, summary: 'Forgets it for ever', response },
      handler: async ({ params: { id } }) => answer(id, await deadLetters.drop(id)),
    })
  }
}

/** @throws ApiError when there is no such one */
function answer(id: string, outcome: DeadLetterOutcome): z.output<typeof outcomeSchema> {
  if (outcome.is === 'unknown') {
    throw new ApiError('dead_letter_not_found', `No dead letter has the id ${JSON.stringify(id)}.`)
  }
  const { is, ...more } = outcome
  return { outcome: is, ...more }
}
