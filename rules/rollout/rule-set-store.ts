import { z } from 'zod'
import type { RuleSetEntry } from '../../contract/entry.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { emptyRuleSetVersion, type RuleSetVersion } from './rule-set-version.ts'

const factKey = 'rules/book'

const ruleVersionSchema = z.object({
  file: z.string(),
  text: z.string(),
  name: z.string(),
  version: z.string(),
})

const ruleSetVersionSchema: z.ZodType<RuleSetVersion> = z.object({
  at: z.number(),
  live: z.array(ruleVersionSchema),
  shadow: z.array(ruleVersionSchema.extend({ trialStartedAt: z.number() })),
  folder: z.record(z.string(), z.string()),
})

export async function loadRuleSetVersion(journal: Pick<Journal, 'facts'>): Promise<RuleSetVersion> {
  const fact = (await journal.facts(factKey)).get(factKey)
  return fact === undefined ? emptyRuleSetVersion : ruleSetVersionSchema.parse(fact)
}

/** The entry and the book that it makes, in one commit: what is asked for next builds on what was asked for before. */
export async function saveRuleSetVersion(
  journal: Pick<Journal, 'append'>,
  after: RuleSetVersion,
  entry: RuleSetEntry | undefined,
): Promise<void> {
  await journal.append('telemetry', entry ? [entry] : [], { facts: new Map([[factKey, after]]) })
}
