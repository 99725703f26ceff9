import type { z } from 'zod'
import type { RuleFileProblem } from '../rules/files/rule-file-problem.ts'
import { diffRuleTexts } from '../rules/rollout/rule-differences.ts'
import type { RuleSetVersion } from '../rules/rollout/rule-set-version.ts'
import type { ApiDependencies } from './dependencies.ts'
import { ApiError } from './errors.ts'
import type { rulesDiffSchema } from './schemas/rule.ts'

type RulesDiff = z.output<typeof rulesDiffSchema>

/**
 * Return what a reload of the rules and kinds would change.
 * @throws ApiError `rules_invalid` when the files have problems: then a reload would change nothing
 */
export async function previewReload({
  records,
  ruleRollout,
}: Pick<ApiDependencies, 'records' | 'ruleRollout'>): Promise<RulesDiff> {
  const preview = await ruleRollout.preview()
  if (preview.is === 'invalid') throw invalidRules(preview.problems)
  if (preview.is === 'rejected') throw new ApiError('rule_change_rejected', `${preview.why}.`)
  const { before, after, kindFiles, needsAcceptance } = preview
  const changes = preview.changes
    // A changed rule is listed once, with its new version.
    .filter(({ name, to }) => to !== 'retired' || !after.live.some((rule) => rule.name === name))
    .map(async (change) => ({
      ...change,
      differences: differencesOf(change.name, before, after),
      openTickets: change.to === 'retired' ? await countActiveTickets(records, change.name) : 0,
    }))
  return { changes: await Promise.all(changes), kindFiles: [...kindFiles], needsAcceptance }
}

function invalidRules(problems: readonly RuleFileProblem[]): ApiError {
  return new ApiError('rules_invalid', 'A reload would change nothing.', { problems })
}

function differencesOf(
  name: string,
  before: RuleSetVersion,
  after: RuleSetVersion,
): RulesDiff['changes'][number]['differences'] {
  const [from, to] = [before, after].map(({ live }) => live.find((rule) => rule.name === name)?.text)
  if (from === undefined || to === undefined) return []
  return diffRuleTexts(from, to).map(({ field, from = null, to = null }) => ({ field, from, to }))
}

async function countActiveTickets(db: ApiDependencies['records'], rule: string): Promise<number> {
  const { count } = await db
    .selectFrom('tickets')
    .where('condition', '=', 'active')
    .where('id', 'in', (query) =>
      query
        .selectFrom('findings')
        .where('rule', '=', rule)
        .where('ticket_id', 'is not', null)
        .select('ticket_id')
        .$narrowType<{ ticket_id: string }>(),
    )
    .select((query) => query.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
