import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiDependencies } from '../dependencies.ts'
import { problemResponses } from '../problem.ts'

const readinessSchema = z
  .object({
    ready: z.boolean(),
    checks: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['fine', 'impaired', 'stopped']),
        ok: z.boolean(),
        detail: z.string().describe('What is wrong, or that nothing is.'),
        since: z.date().optional(),
        impact: z.string().optional().describe('What follows from it.'),
        remedy: z.string().optional().describe('What to do.'),
      }),
    ),
  })
  .meta({ id: 'Readiness' })

const livenessSchema = z
  .object({ program: z.literal('forewarn'), version: z.string(), alive: z.literal(true) })
  .meta({ id: 'Alive' })

export function healthRoutes(
  dependencies: Pick<ApiDependencies, 'version' | 'readiness'>,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/healthz', {
      schema: {
        tags: ['operation'],
        summary: 'Whether the process is alive',
        querystring: z.strictObject({}),
        response: { 200: livenessSchema, ...problemResponses() },
      },
      handler: () => ({ program: 'forewarn' as const, version: dependencies.version, alive: true as const }),
    })

    app.get('/readyz', {
      schema: {
        tags: ['operation'],
        summary: 'How every part does its work, in words; 503 while nothing is accepted from devices',
        description:
          'A part that is away and holds up nothing but what comes after acceptance is told with 200. Whether the ' +
          'process has to be started anew is never to be asked here, but at `/healthz`.',
        querystring: z.strictObject({}),
        response: { 200: readinessSchema, ...problemResponses(), 503: readinessSchema },
      },
      handler: async (_request, reply) => {
        const readiness = await dependencies.readiness()
        return reply.code(readiness.ready ? 200 : 503).send(readiness)
      },
    })
  }
}
