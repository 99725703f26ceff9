import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { sql } from 'kysely'
import { z } from 'zod'
import { verdictSchema } from '../../contract/replay-history.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'
import { ticketSchema, toTicket } from '../schemas/ticket.ts'

const body = z.strictObject({
  verdict: verdictSchema,
  by: z.string().min(1).max(200).describe('Name of the person who made the diagnosis.'),
})

type Body = z.output<typeof body>

/** Register the routes of the verdicts of technicians, by which rules are evaluated. */
export function verdictRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.put('/api/tickets/:id/verdict', {
      schema: {
        tags: ['tickets'],
        summary: "Record the technician's verdict on the part",
        params: z.strictObject({ id: z.string().min(1).max(200).describe('Id of the ticket.') }),
        querystring: z.strictObject({}),
        body,
        response: { 200: ticketSchema, ...problemResponses('ticket_not_found') },
      },
      handler: async ({ params, body }) =>
        toTicket(await saveVerdict(records, params.id, { ...body, at: now() })),
    })
  }
}

/** @throws ApiError `ticket_not_found` */
function saveVerdict(
  records: ApiDependencies['records'],
  id: string,
  { verdict, by, at }: Body & { at: number },
) {
  return records.transaction().execute(async (trx) => {
    const ticket = await trx
      .updateTable('tickets')
      .set({ verdict, updated_at: new Date(at), version: sql`version + 1` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    if (!ticket) throw new ApiError('ticket_not_found', `No ticket has the id ${JSON.stringify(id)}.`)
    await trx
      .insertInto('ticket_history')
      .values({
        ticket_id: id,
        step_id: `verdict:${at}`,
        at: new Date(at),
        actor: by,
        what: 'verdict',
        detail: JSON.stringify({ verdict }),
      })
      .onConflict((conflict) =>
        conflict.columns(['ticket_id', 'step_id']).doUpdateSet({
          actor: by,
          detail: JSON.stringify({ verdict }),
        }),
      )
      .execute()
    return ticket
  })
}
