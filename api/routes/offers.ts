import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { answerOffer, type NewOffer, OfferRejectedError, offerTicket } from '../../desk/dispatch/offers.ts'
import { dayMs } from '../../lib/time.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { requireTicket } from '../desk/find-ticket.ts'
import { mapCommandErrors } from '../desk/map-command-errors.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { problemResponses } from '../problem.ts'
import { actorField, emptyQuery, idField, idParams } from '../schemas/fields.ts'
import { offerSchema, toOffer } from '../schemas/ticket-workflow.ts'

const textField = z.string().trim().min(1).max(2_000)
const offerBody = z.strictObject({
  technician: idField,
  actor: actorField,
  reasons: z.array(textField).max(20).default([]).describe('Reasons for choosing this technician.'),
  answerMs: z
    .int()
    .min(60_000)
    .max(30 * dayMs)
    .exactOptional()
    .describe('Time to answer, ms. Default: a quarter of the SLA response time.'),
})
const offerAnswerBody = z.strictObject({
  answer: z.enum(['accepted', 'declined']),
  actor: actorField,
  reason: textField.exactOptional(),
})

/** Register the routes of offers of tickets to technicians. */
export function offerRoutes({
  records,
  now,
  newId,
}: Pick<ApiDependencies, 'records' | 'now' | 'newId'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  const schema = { tags: ['tickets'], querystring: emptyQuery, headers: commandHeaders }
  return async (app) => {
    app.post('/api/tickets/:id/offers', {
      schema: {
        ...schema,
        summary: 'Offer a ticket to a technician; a pending offer of the ticket is withdrawn',
        params: idParams('ticket, or its number'),
        body: offerBody,
        response: {
          200: offerSchema,
          ...problemResponses(
            'ticket_not_found',
            'technician_not_found',
            'command_rejected',
            ...IdempotentCommands.errorCodes,
          ),
        },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const { id: ticket } = await requireTicket(trx, request.params.id)
          const { actor: by, answerMs, ...body } = request.body
          const offer: NewOffer = {
            ...body,
            id: newId(),
            ticket,
            by,
            at: now(),
            ...(answerMs !== undefined && { answerTimeoutMs: answerMs }),
          }
          return { body: toOffer(await mapOfferErrors(offerTicket(trx, offer))) }
        }),
    })

    app.post('/api/offers/:id/answer', {
      schema: {
        ...schema,
        summary: 'Accept or decline an offer; accepting assigns the ticket',
        params: idParams('offer'),
        body: offerAnswerBody,
        response: {
          200: offerSchema,
          ...problemResponses('offer_not_found', 'command_rejected', ...IdempotentCommands.errorCodes),
        },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const { actor: by, ...body } = request.body
          const answer = { ...body, offer: request.params.id, by, at: now() }
          return { body: toOffer(await mapOfferErrors(mapCommandErrors(answerOffer(trx, answer)))) }
        }),
    })
  }
}

/** @throws ApiError when the offer was rejected */
async function mapOfferErrors<T>(offer: Promise<T>): Promise<T> {
  try {
    return await offer
  } catch (error) {
    if (error instanceof OfferRejectedError) throw new ApiError(codes[error.code], `${error.message}.`)
    throw error
  }
}

const codes = {
  unknown_offer: 'offer_not_found',
  unknown_ticket: 'ticket_not_found',
  unknown_technician: 'technician_not_found',
  not_allowed: 'command_rejected',
} as const
