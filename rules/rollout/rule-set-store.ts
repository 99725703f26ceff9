import { z } from 'zod'
import type { RuleSetEntry } from '../../contract/entry.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { withPresentNames } from '../files/former-names.ts'
import { emptyRuleSetVersion, type RuleSetVersion } from './rule-set-version.ts'

const factKey = 'rules/rule-set'

const ruleVersionSchema = z.object({
  file: z.string(),
  /** Of an earlier release, perhaps. */
  text: z.string().transform(withPresentNames),
  name: z.string(),
  version: z.string(),
})

const ruleSetVersionSchema: z.ZodType<RuleSetVersion> = z.object({
  kinds: z.array(z.object({ file: z.string(), text: z.string() })).default([]),
  changedAt: z.number(),
  live: z.array(ruleVersionSchema),
  shadow: z.array(ruleVersionSchema.extend({ trialStartedAt: z.number() })),
  catalogVersions: z.record(z.string(), z.string()),
})

/** Load the rule set of a journal; empty when none was saved. */
export async function loadRuleSetVersion(journal: Pick<Journal, 'facts'>): Promise<RuleSetVersion> {
  const fact = (await journal.facts(factKey)).get(factKey)
  return fact === undefined ? emptyRuleSetVersion : ruleSetVersionSchema.parse(fact)
}

/** Append the entry of a change and save the rule set after it, in one commit, so that the next change builds on it. */
export async function saveRuleSetVersion(
  journal: Pick<Journal, 'append'>,
  after: RuleSetVersion,
  entry: RuleSetEntry | undefined,
): Promise<void> {
  await journal.append('telemetry', entry ? [entry] : [], { facts: new Map([[factKey, after]]) })
}
