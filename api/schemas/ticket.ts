import type { Selectable } from 'kysely'
import { z } from 'zod'
import { verdictSchema } from '../../contract/replay-history.ts'
import type { FindingsTable, TicketHistoryTable, TicketsTable } from '../../store/records/schema.ts'
import { versionField } from './fields.ts'
import { noticeSchema } from './notice.ts'
import { escalationSchema, offerSchema, reservationSchema, slaClocksSchema } from './ticket-workflow.ts'

export const severities = ['critical', 'major', 'minor', 'warning'] as const
export const conditions = ['active', 'cleared'] as const
export const operatorStates = ['unacknowledged', 'acknowledged', 'shelved'] as const
export const workStates = [
  'open',
  'assigned',
  'en_route',
  'in_progress',
  'resolved',
  'closed',
  'cancelled',
] as const
/** Final states of a ticket. */
export const terminalWorkStates = ['closed', 'cancelled'] as const

const severity = z.enum(severities)

// Loose: a detector may add fields of its own.
export const evidenceSchema = z
  .looseObject({
    detector: z.string(),
    metric: z.string().optional(),
    unit: z.string().optional(),
    value: z.number().optional(),
    limit: z.number().optional(),
    baseline: z.number().optional(),
    probability: z.number().optional().describe('Probability of a failure within the time of the rule.'),
    health: z
      .object({
        index: z.number().describe('0: as parts at their end, 100: as healthy parts.'),
        contributions: z
          .record(z.string(), z.number())
          .describe('What each metric takes from 100, in points of the index.'),
        lifetimes: z.number().describe('Ended lifetimes of other parts that it was learned from.'),
      })
      .optional()
      .describe('Health index of the part.'),
    slopePerDay: z.number().optional(),
    remainingUse: z
      .object({ metric: z.string(), unit: z.string(), p10: z.number(), p50: z.number(), p90: z.number() })
      .optional()
      .describe('Remaining life in use, such as hours or cycles, where the rule names a counter.'),
    crossing: z
      .object({ p10: z.number(), p50: z.number(), p90: z.number() })
      .optional()
      .describe('Predicted time of crossing the limit: p10, p50 and p90, ms since 1970 UTC.'),
    points: z
      .array(z.tuple([z.number(), z.number()]))
      .describe('Chart points: [ms since 1970 UTC, value], oldest first.'),
  })
  .meta({ id: 'Evidence', description: 'Measurements that explain the finding.' })

const ticketFields = z.object({
  id: z.string(),
  number: z.string().describe('Unique and readable: `FW-2026-000123`.'),
  device: z.string(),
  component: z.string(),
  epoch: z.int().describe('Lifetime (epoch) of the component; 0 is the first installed part.'),
  rule: z.string(),
  severity,
  sla: z.string(),
  part: z.string().nullable(),
  skill: z.string().nullable(),
  condition: z.enum(conditions),
  operatorState: z.enum(operatorStates),
  workState: z.enum(workStates),
  verdict: verdictSchema.nullable().describe("Technician's verdict on the part."),
  technician: z.string().nullable(),
  openedAt: z.date().describe('Event time of the finding that opened it.'),
  respondBy: z.date().nullable(),
  respondedAt: z.date().nullable().describe('Time a technician accepted the ticket.'),
  solveBy: z.date().nullable(),
  onSiteAt: z.date().nullable(),
  resolvedAt: z.date().nullable(),
  closedAt: z.date().nullable(),
  waitingSince: z.date().nullable().describe('Waiting for the owner since; SLA clocks are paused.'),
  shelvedUntil: z.date().nullable(),
  visit: z.object({ from: z.date(), until: z.date() }).nullable().describe('Booked visit.'),
  updatedAt: z.date(),
  version: versionField,
})

export const ticketSchema = ticketFields.meta({ id: 'Ticket' })

const ticketStepSchema = z
  .object({
    at: z.date(),
    actor: z.string(),
    what: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TicketStep' })

export const findingSchema = z
  .object({
    id: z.string(),
    rule: z.string(),
    version: z.string(),
    state: z.enum(['raised', 'updated', 'cleared']),
    severity,
    at: z.coerce.date(),
    evidence: evidenceSchema,
  })
  .meta({ id: 'Finding' })

export const ticketDetailSchema = ticketFields
  .extend({
    evidence: evidenceSchema,
    clocks: slaClocksSchema,
    report: z
      .object({
        cause: z.string().nullable(),
        work: z.string().nullable(),
        nextServiceAt: z.date().nullable(),
      })
      .describe("Technician's completion report."),
    offers: z.array(offerSchema).describe('Oldest first.'),
    reservations: z.array(reservationSchema).describe('Oldest first.'),
    escalations: z.array(escalationSchema).describe('Oldest first.'),
    history: z.array(ticketStepSchema).describe('Oldest first.'),
    findings: z.array(findingSchema).describe('Oldest first.'),
    notices: z.array(noticeSchema).describe('Oldest first.'),
  })
  .meta({ id: 'TicketDetail' })

export function toTicket(row: Omit<Selectable<TicketsTable>, 'evidence'>): z.output<typeof ticketSchema> {
  const { visit_from: from, visit_until: until } = row
  return {
    id: row.id,
    number: row.number,
    device: row.device_id,
    component: row.component,
    epoch: row.epoch,
    rule: row.rule,
    severity: row.severity,
    sla: row.sla,
    part: row.part,
    skill: row.skill,
    condition: row.condition,
    operatorState: row.operator_state,
    workState: row.work_state,
    verdict: row.verdict,
    technician: row.technician_id,
    openedAt: row.opened_at,
    ...timesOf(row),
    visit: from === null || until === null ? null : { from, until },
    updatedAt: row.updated_at,
    version: row.version,
  }
}

function timesOf(row: Omit<Selectable<TicketsTable>, 'evidence'>) {
  return {
    respondBy: row.respond_by,
    respondedAt: row.responded_at,
    solveBy: row.solve_by,
    onSiteAt: row.on_site_at,
    resolvedAt: row.resolved_at,
    closedAt: row.closed_at,
    waitingSince: row.waiting_since,
    shelvedUntil: row.shelved_until,
  }
}

export function toTicketStep(row: Selectable<TicketHistoryTable>): z.output<typeof ticketStepSchema> {
  return { at: row.at, actor: row.actor, what: row.what, detail: row.detail }
}

export function toFinding(row: Selectable<FindingsTable>): z.output<typeof findingSchema> {
  const { id, rule, version, state, severity, at } = row
  return { id, rule, version, state, severity, at, evidence: { ...row.evidence } }
}
