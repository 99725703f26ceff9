import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { answerOffer, OfferRefusedError, offerTicket } from '../../desk/dispatch/offers.ts'
import { dayMs } from '../../lib/time.ts'
import { Commands, commandHeaders } from '../commands.ts'
import { findTicket } from '../desk/find-ticket.ts'
import { orDeclined } from '../desk/or-declined.ts'
import { ApiError } from '../errors.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { actorField, idField, idParams, noQuery } from '../schemas/fields.ts'
import { offerSchema, toOffer } from '../schemas/ticket-life.ts'

const words = z.string().trim().min(1).max(2_000)
const offerBody = z.strictObject({
  technician: idField,
  actor: actorField,
  reasons: z.array(words).max(20).default([]).describe('Why him.'),
  answerMs: z
    .int()
    .min(60_000)
    .max(30 * dayMs)
    .exactOptional()
    .describe(
      'How long an answer is waited for. Default: a quarter of the time in which somebody has to respond.',
    ),
})
const answerBody = z.strictObject({
  answer: z.enum(['accepted', 'declined']),
  actor: actorField,
  reason: words.exactOptional(),
})

/** Tickets that are put before technicians. */
export function offerRoutes({
  records,
  now,
  newId,
}: Pick<ApiParts, 'records' | 'now' | 'newId'>): FastifyPluginAsyncZod {
  const commands = new Commands({ records, now })
  const schema = { tags: ['tickets'], querystring: noQuery, headers: commandHeaders }
  return async (app) => {
    app.post('/api/tickets/:id/offers', {
      schema: {
        ...schema,
        summary: 'Puts a ticket before a technician; an offer of it that waits is withdrawn',
        params: idParams('ticket, or its number'),
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
          const { actor: by, ...body } = request.body
          const offer = { ...body, id: newId(), ticket, by, at: now() }
          return { body: toOffer(await orRefused(offerTicket(trx, offer))) }
        }),
    })

    app.post('/api/offers/:id/answer', {
      schema: {
        ...schema,
        summary: 'A technician’s answer; accepting assigns the ticket to him',
        params: idParams('offer'),
        body: answerBody,
        response: {
          200: offerSchema,
          ...problemResponses('offer_not_found', 'command_refused', ...Commands.problems),
        },
      },
      handler: (request, reply) =>
        commands.run({ request, reply }, async (trx) => {
          const { actor: by, ...body } = request.body
          const answer = { ...body, offer: request.params.id, by, at: now() }
          return { body: toOffer(await orRefused(orDeclined(answerOffer(trx, answer)))) }
        }),
    })
  }
}

/** @throws ApiError for an offer that was refused */
async function orRefused<T>(offer: Promise<T>): Promise<T> {
  try {
    return await offer
  } catch (error) {
    if (error instanceof OfferRefusedError) throw new ApiError(codes[error.why], `${error.message}.`)
    throw error
  }
}

const codes = {
  unknown_offer: 'offer_not_found',
  unknown_ticket: 'ticket_not_found',
  unknown_technician: 'technician_not_found',
  not_allowed: 'command_refused',
} as const
