import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { TuningSuggestion } from '../../desk/feedback/suggestion.ts'
import type { Records } from '../../store/records/schema.ts'

const share = z.number().min(0).max(1)
const settingValue = z.union([z.string(), z.number()])

const rulePerformanceSchema = z
  .object({
    alarms: z.int().describe('Number of parts with an alarm.'),
    worn: z.int().describe('Alarms confirmed by technicians (true positives).'),
    sound: z.int().describe('Alarms with no fault found (false positives).'),
    precision: share.nullable().describe('Precision; null without any verdict.'),
    recall: share.nullable().describe('Recall: share of confirmed faults with an alarm.'),
  })
  .meta({ id: 'MeasuredRule' })

const suggestedSettingSchema = z
  .object({
    is: z.literal('setting'),
    setting: z.string().describe('Where in the rule file: `detect.forecast.confidence`.'),
    from: settingValue,
    to: settingValue,
    before: rulePerformanceSchema,
    after: rulePerformanceSchema,
    alarms: z
      .object({ kept: z.int(), lost: z.int(), gained: z.int() })
      .describe('Alarms raised by both, only by the current rule, and only by the suggested one.'),
    history: z
      .object({ from: z.string(), until: z.string(), devices: z.int() })
      .describe('Replayed time range, end exclusive.'),
    tried: z.int().describe('Number of settings evaluated.'),
    failingTests: z.array(z.string()).describe('Tests in the rule file that fail with this setting.'),
    text: z.string().describe('Rule file with the suggested setting, ready for `POST /api/rules/shadow`.'),
  })
  .meta({ id: 'SuggestedSetting' })

const noSuggestionSchema = z.object({ is: z.literal('none'), why: z.string() }).meta({ id: 'NoSuggestion' })

const suggestionSchema = z.discriminatedUnion('is', [
  suggestedSettingSchema,
  noSuggestionSchema,
]) satisfies z.ZodType<TuningSuggestion>

export const ruleFlagStates = ['open', 'done'] as const

export const ruleFlagSchema = z
  .object({
    rule: z.string(),
    version: z.string(),
    state: z.enum(ruleFlagStates).describe('`done`: reviewed, or superseded by another version.'),
    flaggedAt: z.date(),
    verdicts: z.int().describe('Alarms with a verdict at the time of flagging.'),
    precision: share.describe('Precision: share of confirmed alarms.'),
    suggestion: suggestionSchema
      .nullable()
      .describe('Suggested setting with its backtest; null until computed.'),
  })
  .meta({ id: 'RuleFlag' })

type RuleFlag = z.output<typeof ruleFlagSchema>

export function toRuleFlag({ flagged_at, suggestion, ...same }: Selectable<Records['rule_flags']>): RuleFlag {
  // Only the sweep writes it.
  return { ...same, flaggedAt: flagged_at, suggestion: suggestion as TuningSuggestion | null }
}
