import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { buildLifetimeReports, lifetimeReportSchema } from '../../desk/lifetimes/lifetime-report.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'

const name = z.string().min(1).max(200)
const cost = z.coerce.number().gt(0).max(1e12)

const query = z.strictObject({
  kind: name.optional(),
  model: name.optional().describe('Only parts of this model; they then borrow nothing from other models.'),
  component: name.optional(),
  plannedCost: cost.optional().describe('Cost of a planned replacement, for the cheapest age to replace.'),
  failureCost: cost.optional().describe('Cost of a failure and its repair, in the same currency.'),
})

/** Register the lifetime statistics of built-in parts. */
export function lifetimeRoutes({
  records,
  detectors,
  now,
}: Pick<ApiDependencies, 'records' | 'detectors' | 'now'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/lifetimes', {
      schema: {
        tags: ['reports'],
        summary: 'Get lifetime statistics of parts: Weibull, B10, survival, failure modes, expected failures',
        querystring: query,
        response: {
          200: z.object({ items: z.array(lifetimeReportSchema), next: z.null() }),
          ...problemResponses(),
        },
      },
      handler: async ({ query: { plannedCost, failureCost, ...filter } }) => {
        const costs = costsOf(plannedCost, failureCost)
        return {
          items: await buildLifetimeReports(records, { ...filter, costs, detectors, now: new Date(now()) }),
          next: null,
        }
      },
    })
  }
}

/** @throws ApiError `invalid_request` where only one of the two is given */
function costsOf(planned: number | undefined, failure: number | undefined) {
  if (planned !== undefined && failure !== undefined) return { planned, failure }
  if (planned === undefined && failure === undefined) return undefined
  throw new ApiError(
    'invalid_request',
    'In the querystring: give both plannedCost and failureCost, or neither.',
  )
}
