import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Metrics } from '../metrics.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { countRecords } from '../record-counts.ts'

type Parts = Pick<ApiParts, 'records' | 'status' | 'onError'> & { metrics: Metrics }

export function metricsRoutes({ records, status, onError, metrics }: Parts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/metrics', {
      schema: {
        tags: ['operation'],
        summary: 'Metrics for Prometheus',
        querystring: z.strictObject({}),
        response: {
          200: {
            description: 'In the text format of Prometheus',
            content: { 'text/plain': { schema: z.string() } },
          },
          ...problemResponses(),
        },
      },
      handler: async (_request, reply) => {
        // Without its records the program can still say how all the rest is doing.
        const counts = countRecords(records).catch((error: unknown) => {
          onError(error, 'GET /metrics')
          return undefined
        })
        return reply.type(metrics.contentType).send(await metrics.render(await status(), await counts))
      },
    })
  }
}
