import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { CommandOrder } from '../../desk/tickets/command.ts'
import { runCommand } from '../../desk/tickets/run-command.ts'
import { Commands, commandHeaders, versionedHeaders } from '../commands.ts'
import { findTicket } from '../desk/find-ticket.ts'
import { orDeclined } from '../desk/or-declined.ts'
import { findTechnician } from '../desk/technicians.ts'
import { checkIfMatch, seenVersion } from '../etag.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { idParams, noQuery } from '../schemas/fields.ts'
import { ticketSchema, toTicket } from '../schemas/ticket.ts'
import { orderBody } from '../schemas/ticket-command.ts'

/** All that people do to a ticket. */
export function ticketCommandRoutes({
  records,
  now,
  newId,
}: Pick<ApiParts, 'records' | 'now' | 'newId'>): FastifyPluginAsyncZod {
  const commands = new Commands({ records, now })
  return async (app) => {
    app.post('/api/tickets/:id/commands', {
      schema: {
        tags: ['tickets'],
        summary: 'Does something to a ticket, where its states allow it',
        description: 'A command that is refused says why, and which ones are possible now.',
        params: idParams('ticket, or its number'),
        querystring: noQuery,
        headers: versionedHeaders.extend(commandHeaders.shape),
        body: orderBody,
        response: {
          200: ticketSchema,
          ...problemResponses(
            'ticket_not_found',
            'command_refused',
            'changed_meanwhile',
            ...Commands.problems,
          ),
        },
      },
      handler: (request, reply) =>
        commands.run({ request, reply }, async (trx) => {
          const { id: ticket, version } = await findTicket(trx, request.params.id)
          // Tells an outdated tag from one that is none; that nothing changes until then, `runCommand` sees to.
          checkIfMatch(request.headers, version)
          const ifVersion = seenVersion(request.headers)
          const { 'idempotency-key': key } = request.headers
          const { command } = request.body
          if (command.do === 'assign') await findTechnician(trx, command.technician)
          const order = { ...request.body, ticket, at: now(), id: key === undefined ? newId() : `api:${key}` }
          return { body: toTicket(await orDeclined(runCommand(trx, withVersion(order, ifVersion)))) }
        }),
    })
  }
}

function withVersion(order: CommandOrder, ifVersion: number | undefined): CommandOrder {
  return ifVersion === undefined ? order : { ...order, ifVersion }
}
