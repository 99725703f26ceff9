import { z } from 'zod'
import type { FindingEpisodeRow } from '../desk/finding-episodes.ts'
import { noticeStates } from './notice.ts'
import { evidenceSchema, findingSchema, severities } from './ticket.ts'

export const findingStates = ['raised', 'updated', 'cleared'] as const

const episodeFields = z.object({
  id: z.string().describe('Id of the finding that was raised.'),
  device: z.string().describe('`fleet:<kind>/<model>/<firmware>` for all devices of a firmware.'),
  kind: z.string().nullable().describe('Device kind; null while the device is unknown.'),
  model: z.string().nullable(),
  component: z.string().describe('Component; of a sensor finding the part of the metric.'),
  epoch: z.int().describe('Lifetime (epoch) of the component; 0 is the first installed part.'),
  rule: z.string().describe('Rule; `sensor.<metric>` and `sensor.clock` for faults of sensors.'),
  version: z.string().describe('Version of the rule that raised it.'),
  severity: z.enum(severities).describe('Newest severity.'),
  state: z.enum(findingStates),
  active: z.boolean().describe('Whether it was not cleared.'),
  shadow: z.boolean().describe('Whether a shadow rule made it: recorded only.'),
  trial: z.coerce.date().nullable().describe('Start of the trial of its rule, if any.'),
  raisedAt: z.coerce.date().describe('Event time.'),
  updatedAt: z.coerce.date().describe('Event time of the newest change.'),
  clearedAt: z.coerce.date().nullable().describe('Event time.'),
  seenAt: z.coerce
    .date()
    .nullable()
    .describe('System time at which it was recorded, which for a backlog is much later.'),
  evidence: evidenceSchema.describe('Newest evidence.'),
  ticket: z.object({ id: z.string(), number: z.string() }).nullable(),
  incident: z.string().nullable().describe('Id of the incident that it is grouped into.'),
  notice: z
    .object({
      id: z.string().nullable(),
      state: z.enum([...noticeStates, 'owed', 'withheld']),
    })
    .nullable()
    .describe(
      'Notice to the owner; null where the rule sends none. `owed`: to be written when the owner is known; `withheld`: while its incident lasts.',
    ),
})

export const findingEpisodeSchema = episodeFields.meta({
  id: 'FindingEpisode',
  description: 'Finding of a rule on a part, from raised to cleared.',
})

export const findingDetailSchema = episodeFields
  .extend({ history: z.array(findingSchema).describe('Oldest first.') })
  .meta({ id: 'FindingDetail' })

export function toFindingEpisode(row: FindingEpisodeRow): z.output<typeof findingEpisodeSchema> {
  const { id, device_id: device, kind, model, component, epoch, rule, version, shadow, trial } = row
  return {
    ...{ id, device, kind, model, component, epoch, rule, version, shadow, trial },
    severity: row.newest_severity ?? row.severity,
    state: toState(row),
    active: row.cleared_at === null,
    raisedAt: row.at,
    updatedAt: row.newest_at ?? row.at,
    clearedAt: row.cleared_at,
    seenAt: row.seen_at,
    evidence: { ...row.newest_evidence },
    ticket:
      row.ticket_id === null || row.ticket_number === null
        ? null
        : { id: row.ticket_id, number: row.ticket_number },
    incident: row.incident_id,
    notice: toNoticeState(row),
  }
}

function toState(row: FindingEpisodeRow): (typeof findingStates)[number] {
  if (row.cleared_at !== null) return 'cleared'
  return row.newest_id === row.id ? 'raised' : 'updated'
}

function toNoticeState(row: FindingEpisodeRow): z.output<typeof episodeFields>['notice'] {
  if (row.notice_id !== null && row.notice_state !== null)
    return { id: row.notice_id, state: row.notice_state }
  if (row.withheld?.notice !== undefined) return { id: null, state: 'withheld' }
  return row.owed_notice === null ? null : { id: null, state: 'owed' }
}
