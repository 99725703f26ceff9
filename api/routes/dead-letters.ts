import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { DeadLetterOutcome } from '../../workers/dead-letters.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { deadLetterOutcomeSchema, deadLetterSchema, toDeadLetterResponse } from '../schemas/dead-letter.ts'

const params = z.strictObject({ id: z.string().min(1).max(200).describe('Id of the dead letter.') })
const emptyQuery = z.strictObject({})
// A required JSON body stops pages of other origins: the browser sends a preflight request (CORS) first.
const emptyBody = z.strictObject({})

export function deadLetterRoutes({
  deadLetters,
  records,
  now,
}: Pick<ApiDependencies, 'deadLetters' | 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  return async (app) => {
    app.get('/api/dead-letters', {
      schema: {
        tags: ['operation'],
        summary: 'List dead letters, newest first',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(deadLetterSchema), ...problemResponses() },
      },
      handler: async ({ query: { limit, cursor } }) => {
        const last = cursor === undefined ? undefined : timeCursor(cursor)
        const after = last && { at: last.at.getTime(), id: last.id }
        const letters = await deadLetters.list({ limit: limit + 1, ...(after && { after }) })
        const answers = letters.map(toDeadLetterResponse)
        return toPage(answers, limit, (letter) => [letter.at.toISOString(), letter.id])
      },
    })

    const schema = { tags: ['operation'], params, querystring: emptyQuery }
    const response = { 200: deadLetterOutcomeSchema, ...problemResponses('dead_letter_not_found') }

    app.post('/api/dead-letters/:id/retry', {
      schema: {
        ...schema,
        summary: 'Retry a dead letter in its consumer or queue',
        headers: commandHeaders,
        body: emptyBody,
        response: {
          ...response,
          ...problemResponses('dead_letter_not_found', ...IdempotentCommands.errorCodes),
        },
      },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () => {
          const { id } = request.params
          return { body: toResponse(id, await deadLetters.retry(id)) }
        }),
    })

    app.delete('/api/dead-letters/:id', {
      schema: { ...schema, summary: 'Delete a dead letter permanently', response },
      handler: async ({ params: { id } }) => toResponse(id, await deadLetters.drop(id)),
    })
  }
}

/** @throws ApiError when there is no such dead letter */
function toResponse(id: string, outcome: DeadLetterOutcome): z.output<typeof deadLetterOutcomeSchema> {
  if (outcome.is === 'unknown') {
    throw new ApiError('dead_letter_not_found', `No dead letter has the id ${JSON.stringify(id)}.`)
  }
  const { is, ...more } = outcome
  return { outcome: is, ...more }
}
