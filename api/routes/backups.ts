import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'
import { backupSchema } from '../schemas/backup.ts'

export function backupRoutes({ backups }: Pick<ApiDependencies, 'backups'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/api/backups', {
      schema: {
        tags: ['operation'],
        summary: 'Start a backup of the embedded parts, in the folder `backups` of the data folder',
        querystring: z.strictObject({}),
        // A required JSON body stops pages of other origins: the browser sends a preflight request (CORS) first.
        body: z.strictObject({}),
        response: { 202: backupSchema, ...problemResponses('backup_running') },
      },
      handler: async (_request, reply) => {
        const started = backups.start()
        if (started === undefined)
          throw new ApiError('backup_running', 'A backup runs already; wait until it is done.')
        return reply.code(202).send(started)
      },
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
