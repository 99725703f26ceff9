import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiDependencies } from '../dependencies.ts'
import { problemResponses } from '../problem.ts'

type MetricsRouteDependencies = Pick<ApiDependencies, 'status' | 'readiness' | 'metrics'>

export function metricsRoutes({
  status,
  readiness,
  metrics,
}: MetricsRouteDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/metrics', {
      schema: {
        tags: ['operation'],
        summary: 'Prometheus metrics',
        querystring: z.strictObject({}),
        response: {
          200: {
            description: 'Prometheus text format',
            content: { 'text/plain': { schema: z.string() } },
          },
          ...problemResponses(),
        },
      },
      handler: async (_request, reply) => {
        const [state, { checks }] = await Promise.all([status(), readiness()])
        return reply.type(metrics.contentType).send(await metrics.render(state, checks))
      },
    })
  }
}
