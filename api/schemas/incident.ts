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
    scope: z.enum(['site', 'firmware', 'kind']).describe('What its devices share.'),
    subject: z.string().describe('Name of the site, model and firmware, or kind.'),
    severity: z.enum(severities),
    threshold: z
      .int()
      .nullable()
      .describe(
        'More devices than this raised the same within the hour; null: the rule saw all of a firmware shift.',
      ),
    state: z.enum(incidentStates),
    openedAt: z.date().describe('Event time of its first finding.'),
    lastAt: z.date().describe('Event time of its last finding.'),
    devices: z.int().describe('Devices concerned.'),
    folded: z.int().describe('Findings that got no ticket and no notice of their own.'),
    waiting: z.int().describe('Those of them that would get one still.'),
    updatedAt: z.date(),
  })
  .meta({ id: 'Incident', description: 'What many devices raised at about the same time.' })

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
    ticket: z.string().nullable().describe('The ticket that it got before the storm was known, or after.'),
    waiting: z.boolean().describe('Whether it would get its ticket or notice still.'),
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
