import { z } from 'zod'

const ruleChangeSchema = z
  .object({ name: z.string(), version: z.string(), to: z.enum(['live', 'shadow', 'retired']) })
  .meta({ id: 'RuleChange' })

export const ruleChangesSchema = z
  .object({
    changes: z.array(ruleChangeSchema).describe('Applied changes; empty if nothing had to change.'),
    kindFiles: z.array(z.string()).describe('Files of device kinds that were added, changed or removed.'),
  })
  .meta({ id: 'RulesChanged' })

export const rulesDiffSchema = z
  .object({
    changes: z.array(
      ruleChangeSchema.extend({
        differences: z
          .array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }))
          .describe('Fields in which a changed rule differs from the live version.'),
        openTickets: z.int().describe('Active tickets with a finding of a rule that would be removed.'),
      }),
    ),
    kindFiles: z.array(z.string()).describe('Files of device kinds that were added, changed or removed.'),
    needsAcceptance: z.boolean().describe('Whether a reload is rejected unless removals are accepted.'),
  })
  .meta({ id: 'RulesDiff' })

const shadowCountsSchema = z
  .object({
    onlyLive: z.int().describe('Alarms raised only by the live version.'),
    onlyShadow: z.int().describe('Alarms raised only by the shadow version.'),
    both: z.int(),
    medianLeadMs: z
      .number()
      .nullable()
      .describe('Median lead time of the shadow version where both raised, ms.'),
  })
  .meta({ id: 'TrialCounts' })

const ruleSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    status: z.enum(['live', 'shadow']),
    file: z.string(),
    since: z.coerce
      .date()
      .nullable()
      .describe('Time of the change; null until the projection has caught up.'),
    by: z.string().nullable(),
    trial: shadowCountsSchema.nullable().describe('Comparison with the live version; shadow rules only.'),
  })
  .meta({ id: 'Rule' })

export const ruleListSchema = z.object({ rules: z.array(ruleSchema) })

const partKeyFields = { device: z.string(), component: z.string(), epoch: z.int() }
const alarmSchema = z.object({ ...partKeyFields, at: z.coerce.date() })

export const shadowComparisonSchema = z
  .object({
    rule: z.string(),
    version: z.string().describe('Shadow version.'),
    against: z.string().nullable().describe('Live version at the start of the shadow run.'),
    since: z.coerce.date(),
    until: z.coerce.date().nullable(),
    counts: shadowCountsSchema,
    onlyLive: z.array(alarmSchema),
    onlyShadow: z.array(alarmSchema),
    both: z.array(
      alarmSchema.extend({
        liveAt: z.coerce.date(),
        leadMs: z.number().describe('Lead time over the live version, ms.'),
      }),
    ),
  })
  .meta({ id: 'TrialComparison' })

export const ruleHistorySchema = z
  .object({
    name: z.string(),
    changes: z
      .array(
        z.object({
          at: z.coerce.date(),
          version: z.string(),
          became: z.enum(['live', 'shadow', 'retired']),
          why: z.string(),
          by: z.string(),
        }),
      )
      .describe('Newest first.'),
    versions: z
      .array(
        z.object({ version: z.string(), firstSeen: z.coerce.date(), file: z.string(), text: z.string() }),
      )
      .describe('Newest first.'),
  })
  .meta({ id: 'RuleHistory' })

export const ruleParams = z.strictObject({ name: z.string().min(1).max(200).describe('Name of the rule.') })
