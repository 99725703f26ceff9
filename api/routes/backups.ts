import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { problemResponses } from '../problem.ts'
import { backupSchema } from '../schemas/backup.ts'

export function backupRoutes({
  backups,
  records,
  now,
}: Pick<ApiDependencies, 'backups' | 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  return async (app) => {
    app.post('/api/backups', {
      schema: {
        tags: ['operation'],
        summary: 'Start a backup of the embedded parts, in the folder `backups` of the data folder',
        querystring: z.strictObject({}),
        headers: commandHeaders,
        // A required JSON body stops pages of other origins: the browser sends a preflight request (CORS) first.
        body: z.strictObject({}),
        response: {
          200: backupSchema,
          ...problemResponses('backup_running', ...IdempotentCommands.errorCodes),
        },
      },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () => {
          const started = backups.start()
          if (started === undefined)
            throw new ApiError('backup_running', 'A backup runs already; wait until it is done.')
          // The answer is kept for a repeated request; the backup itself goes on.
          return { body: { ...started } }
        }),
    })

    app.get('/api/backups/latest', {
      schema: {
        tags: ['operation'],
        summary: 'Show the latest backup since the start of the program',
        querystring: z.strictObject({}),
        response: { 200: backupSchema, ...problemResponses('backup_not_found') },
      },
      handler: async () => {
        const latest = backups.latest()
        if (latest === undefined)
          throw new ApiError('backup_not_found', 'No backup was made since the program started.')
        return latest
      },
    })
  }
}
