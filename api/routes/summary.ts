import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { summarizeDesk } from '../../desk/reports/summary.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { problemResponses } from '../problem.ts'

const count = z.int()

const summarySchema = z
  .object({
    at: z.date(),
    ready: z.boolean().describe('Whether device messages are accepted; `/readyz` says why not.'),
    faults: z.array(z.string()).describe('Names of the checks that are not healthy.'),
    devices: z
      .array(z.object({ kind: z.string(), devices: count, online: count, lost: count }))
      .describe('Devices in use, by kind; presence is what they last published.'),
    activeFindings: z
      .object({ critical: count, major: count, minor: count, warning: count })
      .describe('Findings that are not cleared, by their newest severity, without those of shadow rules.'),
    openTickets: z.object({
      level1: count,
      level2: count,
      level3: count,
      unacknowledged: count,
      unassigned: count,
    }),
    openIncidents: count,
    notices: z
      .object({ written: count, delivered: count, failed: count, waiting: count })
      .describe('Of those written in the last 24 hours.'),
    quarantined: count.describe('Messages in quarantine that wait for a retry.'),
  })
  .meta({ id: 'Summary', description: 'Counts for a start page.' })

/** Register the route of the summary. */
export function summaryRoutes({
  records,
  readiness,
  now,
}: Pick<ApiDependencies, 'records' | 'readiness' | 'now'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/summary', {
      schema: {
        tags: ['reports'],
        summary: 'Get counts of devices, active findings, open work, notices and faults',
        querystring: z.strictObject({}),
        response: { 200: summarySchema, ...problemResponses() },
      },
      handler: async () => {
        const at = new Date(now())
        const [summary, { ready, checks }] = await Promise.all([summarizeDesk(records, at), readiness()])
        const faults = checks.filter(({ ok }) => !ok).map(({ name }) => name)
        return { at, ready, faults, ...summary }
      },
    })
  }
}
