import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { checkReadiness } from '../readiness.ts'

const readinessSchema = z
  .object({
    ready: z.boolean(),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'Readiness' })

const aliveSchema = z
  .object({ program: z.literal('forewarn'), version: z.string(), alive: z.literal(true) })
  .meta({ id: 'Alive' })

export function healthRoutes(parts: Pick<ApiParts, 'version' | 'status' | 'records'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/healthz', {
      schema: {
        tags: ['operation'],
        summary: 'Whether the process is alive',
        querystring: z.strictObject({}),
        response: { 200: aliveSchema, ...problemResponses() },
      },
      handler: () => ({ program: 'forewarn' as const, version: parts.version, alive: true as const }),
    })

    app.get('/readyz', {
      schema: {
        tags: ['operation'],
        summary: 'Whether every part does its work; 503 says in words which does not',
        querystring: z.strictObject({}),
        response: { 200: readinessSchema, ...problemResponses(), 503: readinessSchema },
      },
      handler: async (_request, reply) => {
        const checks = await checkReadiness(parts)
        const ready = checks.every(({ ok }) => ok)
        return reply.code(ready ? 200 : 503).send({ ready, checks })
      },
    })
  }
}
