import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { answerOffer, OfferRefusedError, offerTicket } from '../../workers/dispatch/offers.ts'
import { considerTechnicians } from '../../workers/dispatch/propose.ts'
import { forecastDemand } from '../../workers/stock/forecast-demand.ts'
import { Commands, commandHeaders } from '../commands.ts'
import { findTicket } from '../desk/find-ticket.ts'
import { ApiError } from '../errors.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import {
  answerBody,
  demandSchema,
  offerBody,
  offerSchema,
  proposalsSchema,
  toDemand,
  toOffer,
  toProposals,
} from '../schemas/dispatch.ts'
import { idParams, noQuery } from '../schemas/fields.ts'
import { orDeclined } from './ticket-commands.ts'

type Parts = Pick<ApiParts, 'records' | 'now' | 'newId'>

/** Whom to send, and what will be needed. */
export function dispatchRoutes({ records, now, newId }: Parts): FastifyPluginAsyncZod {
  const commands = new Commands({ records, now })
  return async (app) => {
    app.get('/api/tickets/:id/proposals', {
      schema: {
        tags: ['tickets'],
        summary: 'Who could be sent, the best first, and why; and why others not',
        params: idParams('ticket, or its number'),
        querystring: noQuery,
        response: { 200: proposalsSchema, ...problemResponses('ticket_not_found') },
      },
      handler: async ({ params }) => {
        const { id } = await findTicket(records, params.id)
        return toProposals(await considerTechnicians(records, id, new Date(now())))
      },
    })

    app.post('/api/tickets/:id/offers', {
      schema: {
        tags: ['tickets'],
        summary: 'Puts a ticket before a technician; another offer of it that waits is withdrawn',
        params: idParams('ticket, or its number'),
        querystring: noQuery,
        headers: commandHeaders,
        body: offerBody,
        response: {
          200: offerSchema,
          ...problemResponses(
            'ticket_not_found',
            'technician_not_found',
            'command_refused',
            ...Commands.problems,
          ),
        },
      },
      handler: (request, reply) =>
        commands.run({ request, reply }, async (trx) => {
          const { id: ticket } = await findTicket(trx, request.params.id)
          const offer = { id: newId(), ticket, ...request.body, at: now() }
          return { body: toOffer(await orRefused(offerTicket(trx, offer))) }
        }),
    })

    app.post('/api/offers/:id/answer', {
      schema: {
        tags: ['tickets'],
        summary: 'Takes a technician\u2019s answer; accepting assigns the ticket to him',
        params: idParams('offer'),
        querystring: noQuery,
        headers: commandHeaders,
        body: answerBody,
        response: {
          200: offerSchema,
          ...problemResponses('offer_not_found', 'command_refused', ...Commands.problems),
        },
      },
      handler: (request, reply) =>
        commands.run({ request, reply }, async (trx) => {
          const { reason, ...given } = request.body
          const answer = {
            offer: request.params.id,
            ...given,
            ...(reason !== undefined && { reason }),
            at: now(),
          }
          return { body: toOffer(await orDeclined(orRefused(answerOffer(trx, answer)))) }
        }),
    })

    app.get('/api/demand', {
      schema: {
        tags: ['stock'],
        summary: 'Parts that foreseen failures will need, by region, and transfers that would meet that',
        querystring: z.strictObject({ days: z.coerce.number().int().min(1).max(365).default(30) }),
        response: { 200: demandSchema, ...problemResponses() },
      },
      handler: async ({ query }) => toDemand(await forecastDemand(records, new Date(now()), query.days)),
    })
  }
}

const codes = {
  unknown_ticket: 'ticket_not_found',
  unknown_offer: 'offer_not_found',
  unknown_technician: 'technician_not_found',
  not_allowed: 'command_refused',
} as const

/** @throws ApiError for an offer that was refused */
async function orRefused<T>(offer: Promise<T>): Promise<T> {
  try {
    return await offer
  } catch (error) {
    if (error instanceof OfferRefusedError) throw new ApiError(codes[error.why], `${error.message}.`)
    throw error
  }
}
