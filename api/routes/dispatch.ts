import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { rankTechnicians } from '../../desk/dispatch/rank-technicians.ts'
import { findVisitSlots } from '../../desk/dispatch/visit-slots.ts'
import { forecastDemand } from '../../desk/stock/forecast-demand.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { requireTicket } from '../desk/find-ticket.ts'
import { problemResponses } from '../problem.ts'
import { demandSchema, proposalsSchema, slotsSchema, toDemand, toProposals } from '../schemas/dispatch.ts'
import { emptyQuery, idParams } from '../schemas/fields.ts'

const params = idParams('ticket, or its number')
const demandQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(365).default(30).describe('Forecast horizon in days.'),
})

/** Register the routes of dispatch: available technicians, times, and the demand for parts. */
export function dispatchRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  const schema = { tags: ['tickets'], params, querystring: emptyQuery }
  return async (app) => {
    app.get('/api/tickets/:id/proposals', {
      schema: {
        ...schema,
        summary: 'Propose technicians for a ticket, best first, with reasons',
        response: { 200: proposalsSchema, ...problemResponses('ticket_not_found') },
      },
      handler: async ({ params: { id } }) => {
        const ticket = await requireTicket(records, id)
        return toProposals(await rankTechnicians(records, ticket.id, new Date(now())))
      },
    })

    app.get('/api/tickets/:id/slots', {
      schema: {
        ...schema,
        summary:
          'List visit slots of the next seven days: those of the assigned technician, or of any suitable one while the ticket is unassigned',
        response: { 200: slotsSchema, ...problemResponses('ticket_not_found') },
      },
      handler: async ({ params: { id } }) => {
        const ticket = await requireTicket(records, id)
        const slots = await findVisitSlots(records, ticket, now())
        return { slots: slots.map(({ from, until }) => ({ from: new Date(from), until: new Date(until) })) }
      },
    })

    app.get('/api/demand', {
      schema: {
        tags: ['stock'],
        summary: 'Forecast spare-part demand by region, and propose transfers to meet it',
        querystring: demandQuery,
        response: { 200: demandSchema, ...problemResponses() },
      },
      handler: async ({ query: { days } }) => toDemand(await forecastDemand(records, new Date(now()), days)),
    })
  }
}
