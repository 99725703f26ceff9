import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../page.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { toNotice } from '../schemas/notice.ts'
import {
  conditions,
  finishedStates,
  severities,
  ticketDetailSchema,
  ticketSchema,
  toFinding,
  toStep,
  toTicket,
  workStates,
} from '../schemas/ticket.ts'

const listQuery = z.strictObject({
  device: z.string().optional(),
  component: z.string().optional(),
  rule: z.string().optional(),
  severity: z.enum(severities).optional(),
  condition: z.enum(conditions).optional(),
  workState: z.enum(workStates).optional(),
  open: z.enum(['true', 'false']).optional().describe('Whether it is neither closed nor cancelled.'),
  ...pageQuery,
})

type ListQuery = z.output<typeof listQuery>

export function ticketRoutes({ records }: Pick<ApiParts, 'records'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/tickets', {
      schema: {
        tags: ['tickets'],
        summary: 'Tickets, newest first',
        querystring: listQuery,
        response: { 200: pageOf(ticketSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const rows = await list(records, query)
        const page = toPage(rows, query.limit, (row) => [row.opened_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toTicket) }
      },
    })

    app.get('/api/tickets/:id', {
      schema: {
        tags: ['tickets'],
        summary: 'One ticket with its evidence, history, findings and notices',
        params: z.strictObject({ id: z.string().min(1).max(200).describe('Id of the ticket.') }),
        querystring: z.strictObject({}),
        response: { 200: ticketDetailSchema, ...problemResponses('ticket_not_found') },
      },
      handler: ({ params }) => find(records, params.id),
    })
  }
}

function list(records: ApiParts['records'], query: ListQuery) {
  let tickets = records
    .selectFrom('tickets')
    .selectAll()
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
  if (query.device !== undefined) tickets = tickets.where('device_id', '=', query.device)
  if (query.component !== undefined) tickets = tickets.where('component', '=', query.component)
  if (query.rule !== undefined) tickets = tickets.where('rule', '=', query.rule)
  if (query.severity !== undefined) tickets = tickets.where('severity', '=', query.severity)
  if (query.condition !== undefined) tickets = tickets.where('condition', '=', query.condition)
  if (query.workState !== undefined) tickets = tickets.where('work_state', '=', query.workState)
  if (query.open !== undefined) {
    tickets = tickets.where('work_state', query.open === 'true' ? 'not in' : 'in', finishedStates)
  }
  if (query.cursor !== undefined) {
    const { at, id } = timeCursor(query.cursor)
    tickets = tickets.where((is) => is(is.refTuple('opened_at', 'id'), '<', is.tuple(at, id)))
  }
  return tickets.execute()
}

async function find(records: ApiParts['records'], id: string) {
  const ticket = await records.selectFrom('tickets').selectAll().where('id', '=', id).executeTakeFirst()
  if (!ticket) throw new ApiError('ticket_not_found', `No ticket has the id ${JSON.stringify(id)}.`)
  const [history, findings, notices] = await Promise.all([
    records
      .selectFrom('ticket_history')
      .selectAll()
      .where('ticket_id', '=', id)
      .orderBy('at')
      .orderBy('step_id')
      .execute(),
    records
      .selectFrom('findings')
      .selectAll()
      .where('ticket_id', '=', id)
      .orderBy('at')
      .orderBy('id')
      .execute(),
    records
      .selectFrom('notices')
      .selectAll()
      .where('ticket_id', '=', id)
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
  ])
  return {
    ...toTicket(ticket),
    evidence: { ...ticket.evidence },
    history: history.map(toStep),
    findings: findings.map(toFinding),
    notices: notices.map(toNotice),
  }
}
