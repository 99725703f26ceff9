import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { sql } from 'kysely'
import { z } from 'zod'
import type { ApiDependencies } from '../dependencies.ts'
import { loadTicketDetail } from '../desk/ticket-detail.ts'
import { withEtag } from '../etag.ts'
import { pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { emptyQuery, idParams } from '../schemas/fields.ts'
import {
  conditions,
  operatorStates,
  severities,
  terminalWorkStates,
  ticketDetailSchema,
  ticketSchema,
  toTicket,
  workStates,
} from '../schemas/ticket.ts'
import { timeParameter, toMs } from '../time-parameter.ts'

const listQuery = z.strictObject({
  device: z.string().optional(),
  component: z.string().optional(),
  rule: z.string().optional(),
  severity: z.enum(severities).optional(),
  condition: z.enum(conditions).optional(),
  workState: z.enum(workStates).optional(),
  operatorState: z.enum(operatorStates).optional(),
  number: z.string().max(50).optional().describe('`FW-2026-000123`.'),
  technician: z.string().optional(),
  region: z.string().optional().describe("Region of the owner, or of the device if the owner's is unknown."),
  dueBefore: timeParameter
    .optional()
    .describe('A clock of it that has not been met ends before then: ISO 8601 or ms since 1970 UTC.'),
  open: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether the ticket is open (not closed or cancelled).'),
  ...pageQuery,
})

type ListQuery = z.output<typeof listQuery>

export function ticketRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/tickets', {
      schema: {
        tags: ['tickets'],
        summary: 'List tickets, newest first',
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
        summary: 'One ticket with its evidence, clocks, offers, parts, history, findings and notices',
        params: idParams('ticket, or its number'),
        querystring: emptyQuery,
        response: { 200: ticketDetailSchema, ...problemResponses('ticket_not_found') },
      },
      handler: async ({ params }, reply) =>
        withEtag(reply, await loadTicketDetail(records, params.id, now())),
    })
  }
}

function list(records: ApiDependencies['records'], query: ListQuery) {
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
  if (query.operatorState !== undefined) tickets = tickets.where('operator_state', '=', query.operatorState)
  if (query.number !== undefined) tickets = tickets.where('number', '=', query.number)
  if (query.technician !== undefined) tickets = tickets.where('technician_id', '=', query.technician)
  if (query.region !== undefined) tickets = tickets.where(isInRegion(query.region))
  if (query.dueBefore !== undefined) tickets = tickets.where(isDueBefore(new Date(toMs(query.dueBefore))))
  if (query.open !== undefined) {
    tickets = tickets.where('work_state', query.open === 'true' ? 'not in' : 'in', terminalWorkStates)
  }
  if (query.cursor !== undefined) {
    const { at, id } = timeCursor(query.cursor)
    tickets = tickets.where((is) => is(is.refTuple('opened_at', 'id'), '<', is.tuple(at, id)))
  }
  return tickets.execute()
}

function isInRegion(region: string) {
  return sql<boolean>`exists (
    select from devices left join owners on owners.id = devices.owner_id
    where devices.id = tickets.device_id and coalesce(owners.region, devices.region) = ${region}
  )`
}

/** Select overdue tickets: levels 1 and 2 are due by arrival, level 3 by resolution. */
function isDueBefore(at: Date) {
  return sql<boolean>`work_state not in ('resolved', 'closed', 'cancelled') and (
    (responded_at is null and respond_by < ${at})
    or (case sla when 'level3' then resolved_at else on_site_at end is null and solve_by < ${at})
  )`
}
