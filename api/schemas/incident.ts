import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { FindingsTable, IncidentsTable } from '../../store/records/schema.ts'
import { severities } from './ticket.ts'

export const incidentStates = ['open', 'closed'] as const

export const incidentSchema = z
  .object({
    id: z.string(),
    rule: z.string(),
    kind: z.string(),
    scope: z.enum(['site', 'firmware', 'kind']).describe('What the affected devices have in common.'),
    subject: z.string().describe('Name of the site, model and firmware, or kind.'),
    severity: z.enum(severities),
    threshold: z
      .int()
      .nullable()
      .describe('Alarm-flood threshold, devices per hour; null if a rule detected a firmware-wide shift.'),
    state: z.enum(incidentStates),
    openedAt: z.date().describe('Event time of its first finding.'),
    lastAt: z.date().describe('Event time of its last finding.'),
    devices: z.int().describe('Number of affected devices.'),
    folded: z.int().describe('Findings grouped into the incident, without a ticket or notice.'),
    waiting: z.int().describe('Grouped findings whose ticket or notice is still withheld.'),
    updatedAt: z.date(),
  })
  .meta({ id: 'Incident', description: 'Alarm flood: the same finding on many devices within a short time.' })

export function toIncident(
  row: Selectable<IncidentsTable> & { waiting: number },
): z.output<typeof incidentSchema> {
  const { id, rule, kind, scope, subject, severity, threshold, state, devices, folded, waiting } = row
  return {
    id,
    rule,
    kind,
    scope,
    subject,
    severity,
    threshold,
    state,
    openedAt: row.opened_at,
    lastAt: row.last_at,
    devices,
    folded,
    waiting,
    updatedAt: row.updated_at,
  }
}

export const incidentFindingSchema = z
  .object({
    id: z.string(),
    device: z.string(),
    component: z.string(),
    severity: z.enum(severities),
    at: z.date(),
    ticket: z.string().nullable().describe('Ticket opened before or after the incident, if any.'),
    waiting: z.boolean().describe('Whether its ticket or notice is withheld.'),
  })
  .meta({ id: 'IncidentFinding' })

export function toIncidentFinding(row: Selectable<FindingsTable>): z.output<typeof incidentFindingSchema> {
  const { id, component, severity, at, withheld } = row
  return {
    id,
    device: row.device_id,
    component,
    severity,
    at,
    ticket: row.ticket_id,
    waiting: withheld !== null,
  }
}
