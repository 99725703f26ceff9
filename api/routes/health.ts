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
        state: z.enum(['healthy', 'degraded', 'down']),
        ok: z.boolean(),
        detail: z.string().describe('Current fault, or `ok`.'),
        since: z.date().optional(),
        impact: z.string().optional().describe('Impact on users and devices.'),
        remedy: z.string().optional().describe('Recommended action.'),
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
        summary: 'Liveness check',
        querystring: z.strictObject({}),
        response: { 200: livenessSchema, ...problemResponses() },
      },
      handler: () => ({ program: 'forewarn' as const, version: dependencies.version, alive: true as const }),
    })

    app.get('/readyz', {
      schema: {
        tags: ['operation'],
        summary:
          'Readiness check with the state of every component; 503 while device messages are not accepted',
        description:
          'An unavailable dependency that delays only processing after ingest is reported with 200. Use `/healthz`, not ' +
          'this route, to decide whether to restart the process.',
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
