import { z } from 'zod'

const ruleChangeSchema = z
  .object({ name: z.string(), version: z.string(), to: z.enum(['live', 'shadow', 'retired']) })
  .meta({ id: 'RuleChange' })

export const ruleChangesSchema = z
  .object({ changes: z.array(ruleChangeSchema).describe('None: all was so already.') })
  .meta({ id: 'RulesChanged' })

const shadowCountsSchema = z
  .object({
    onlyLive: z.int().describe('Alarms that the version on trial would not have raised.'),
    onlyShadow: z.int().describe('Alarms that it would have raised in addition.'),
    both: z.int(),
    medianLeadMs: z.number().nullable().describe('How much earlier it was where both raised.'),
  })
  .meta({ id: 'TrialCounts' })

const ruleSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    status: z.enum(['live', 'shadow']),
    file: z.string(),
    since: z.coerce.date().nullable().describe('Null until the records have noted it.'),
    by: z.string().nullable(),
    trial: shadowCountsSchema.nullable().describe('For a version on trial, compared with the live one.'),
  })
  .meta({ id: 'Rule' })

export const ruleListSchema = z.object({ rules: z.array(ruleSchema) })

const partKeyFields = { device: z.string(), component: z.string(), epoch: z.int() }
const alarmSchema = z.object({ ...partKeyFields, at: z.coerce.date() })

export const shadowComparisonSchema = z
  .object({
    rule: z.string(),
    version: z.string().describe('The one on trial.'),
    against: z.string().nullable().describe('The one that was live when the trial began.'),
    since: z.coerce.date(),
    until: z.coerce.date().nullable(),
    counts: shadowCountsSchema,
    onlyLive: z.array(alarmSchema),
    onlyShadow: z.array(alarmSchema),
    both: z.array(
      alarmSchema.extend({
        liveAt: z.coerce.date(),
        leadMs: z.number().describe('How much earlier than the live one.'),
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
