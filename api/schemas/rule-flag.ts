import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { TuningSuggestion } from '../../desk/feedback/suggestion.ts'
import type { Records } from '../../store/records/schema.ts'

const share = z.number().min(0).max(1)
const settingValue = z.union([z.string(), z.number()])

const rulePerformanceSchema = z
  .object({
    alarms: z.int().describe('Parts that it would have alarmed.'),
    worn: z.int().describe('Of those, how many technicians found worn.'),
    sound: z.int().describe('Of those, how many technicians found sound.'),
    precision: share.nullable().describe('Null: nobody has looked at any of them.'),
    recall: share.nullable().describe('Share of the worn parts that it would have alarmed.'),
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
      .describe('Parts that both alarm, only the present rule, and only the suggested one.'),
    history: z
      .object({ from: z.string(), until: z.string(), devices: z.int() })
      .describe('What was replayed; the end is excluded.'),
    tried: z.int().describe('Settings that were tried.'),
    failingTests: z.array(z.string()).describe('Tests in the rule file that it would break.'),
    text: z.string().describe('The rule file with it, for `POST /api/rules/trials`.'),
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
    state: z.enum(ruleFlagStates).describe('`done`: somebody has looked at it, or another version is live.'),
    flaggedAt: z.date(),
    judged: z.int().describe('Alarms that technicians had judged by then.'),
    precision: share.describe('How many of them were right.'),
    suggestion: suggestionSchema
      .nullable()
      .describe('A setting with its backtest; null until one was looked for.'),
  })
  .meta({ id: 'RuleFlag' })

type RuleFlag = z.output<typeof ruleFlagSchema>

export function toRuleFlag({ flagged_at, suggestion, ...same }: Selectable<Records['rule_flags']>): RuleFlag {
  // Only the sweep writes it.
  return { ...same, flaggedAt: flagged_at, suggestion: suggestion as TuningSuggestion | null }
}
