import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { CommandRequest } from '../../desk/tickets/command.ts'
import { runCommand } from '../../desk/tickets/run-command.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { requireTicket } from '../desk/find-ticket.ts'
import { mapCommandErrors } from '../desk/map-command-errors.ts'
import { requireTechnician } from '../desk/technicians.ts'
import { checkIfMatch, expectedVersion } from '../etag.ts'
import { commandHeaders, IdempotentCommands, versionedHeaders } from '../idempotent-commands.ts'
import { problemResponses } from '../problem.ts'
import { emptyQuery, idParams } from '../schemas/fields.ts'
import { ticketSchema, toTicket } from '../schemas/ticket.ts'
import { ticketCommandBody } from '../schemas/ticket-command.ts'

/** Register the commands on a ticket. */
export function ticketCommandRoutes({
  records,
  now,
  newId,
}: Pick<ApiDependencies, 'records' | 'now' | 'newId'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  return async (app) => {
    app.post('/api/tickets/:id/commands', {
      schema: {
        tags: ['tickets'],
        summary: 'Execute a command on a ticket, if its state allows it',
        description: 'A rejected command returns the reason and the commands allowed now.',
        params: idParams('ticket, or its number'),
        querystring: emptyQuery,
        headers: versionedHeaders.extend(commandHeaders.shape),
        body: ticketCommandBody,
        response: {
          200: ticketSchema,
          ...problemResponses(
            'ticket_not_found',
            'command_rejected',
            'changed_meanwhile',
            ...IdempotentCommands.errorCodes,
          ),
        },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const { id: ticket, version } = await requireTicket(trx, request.params.id)
          // Distinguishes an outdated tag from an invalid one; `runCommand` makes sure that nothing changes in between.
          checkIfMatch(request.headers, version)
          const ifVersion = expectedVersion(request.headers)
          const { 'idempotency-key': key } = request.headers
          const { command } = request.body
          if (command.do === 'assign') await requireTechnician(trx, command.technician)
          const order = { ...request.body, ticket, at: now(), id: key === undefined ? newId() : `api:${key}` }
          return {
            body: toTicket(await mapCommandErrors(runCommand(trx, withExpectedVersion(order, ifVersion)))),
          }
        }),
    })
  }
}

function withExpectedVersion(order: CommandRequest, ifVersion: number | undefined): CommandRequest {
  return ifVersion === undefined ? order : { ...order, expectedVersion: ifVersion }
}
