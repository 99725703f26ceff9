import type { RuleSetEntry } from '../../contract/entry.ts'
import type { RuleChange, RuleVersion, TrialRuleVersion } from '../../contract/rule-version.ts'

/** Which rules are live and on trial; the journal keeps it as a fact, in step with the `rules` entries. */
export interface RuleSetVersion {
  /** When it last changed, ms; 0 for one that never did. */
  at: number
  live: readonly RuleVersion[]
  shadow: readonly TrialRuleVersion[]
  /** Rule → the version of it that the catalogue folder held when it was last read. */
  folder: Readonly<Record<string, string>>
}

/** What there is before anything was ever in force. */
export const emptyRuleSetVersion: RuleSetVersion = { at: 0, live: [], shadow: [], folder: {} }

/**
 * The book after the catalogue folder was read: a file that is new or says something else than last time goes live, and
 * with a file that is gone its rule goes. Where the folder is as it was, what was promoted or rolled back stays.
 */
export function withCatalog(ruleSet: RuleSetVersion, files: readonly RuleVersion[]): RuleSetVersion {
  const changedFiles = files.filter(({ name, version }) => ruleSet.folder[name] !== version)
  const changedNames = new Set(changedFiles.map(({ name }) => name))
  const present = new Set(files.map(({ name }) => name))
  for (const name of Object.keys(ruleSet.folder)) if (!present.has(name)) changedNames.add(name)
  const live = sortByName([...ruleSet.live.filter(({ name }) => !changedNames.has(name)), ...changedFiles])
  const folder = Object.fromEntries(files.map(({ name, version }) => [name, version]))
  return { ...ruleSet, live, folder, shadow: ruleSet.shadow.filter((rule) => !includesVersion(live, rule)) }
}

/** The book with some versions on trial; each takes the place of another one of its rule that is. */
export function withTrials(
  ruleSet: RuleSetVersion,
  rules: readonly RuleVersion[],
  at: number,
): RuleSetVersion {
  const newTrials = rules.filter((rule) => !includesVersion(ruleSet.shadow, rule))
  const kept = newTrials.reduce(withoutRule, ruleSet.shadow)
  return {
    ...ruleSet,
    shadow: sortByName([...kept, ...newTrials.map((rule) => ({ ...rule, trialStartedAt: at }))]),
  }
}

/** The book without the trial of a rule. */
export function withoutTrial(ruleSet: RuleSetVersion, rule: TrialRuleVersion): RuleSetVersion {
  return { ...ruleSet, shadow: withoutRule(ruleSet.shadow, rule) }
}

/** The book with a version live in the place of any other, and no longer on trial. */
export function withLive(
  ruleSet: RuleSetVersion,
  { file, text, name, version }: RuleVersion,
): RuleSetVersion {
  const rule = { file, text, name, version }
  const live = sortByName([...withoutRule(ruleSet.live, rule), rule])
  return { ...ruleSet, live, shadow: ruleSet.shadow.filter((other) => !includesVersion(live, other)) }
}

/** The book without a live version of a rule. */
export function withoutLive(ruleSet: RuleSetVersion, rule: RuleVersion): RuleSetVersion {
  return { ...ruleSet, live: withoutRule(ruleSet.live, rule) }
}

/** The entry that brings about the second book; undefined where nothing differs that rules would notice. */
export function rulesEntryFor(
  before: RuleSetVersion,
  after: RuleSetVersion,
  origin: Pick<RuleSetEntry, 'at' | 'by' | 'why'>,
): RuleSetEntry | undefined {
  const changes = diffRuleSets(before, after)
  if (changes.length === 0) return undefined
  return { type: 'rules', ...origin, changes, live: after.live, shadow: after.shadow }
}

function diffRuleSets(before: RuleSetVersion, after: RuleSetVersion): RuleChange[] {
  const changes: RuleChange[] = []
  for (const { name, version } of [...before.live, ...before.shadow]) {
    const isKept = [...after.live, ...after.shadow].some(
      (rule) => rule.name === name && rule.version === version,
    )
    if (!isKept) changes.push({ name, version, to: 'retired' })
  }
  for (const to of ['live', 'shadow'] as const) {
    const fresh = after[to].filter((rule) => !includesVersion(before[to], rule))
    changes.push(...fresh.map(({ name, version }) => ({ name, version, to })))
  }
  return changes
}

/** The version of a rule that is among them. */
export function findRule<R extends RuleVersion>(rules: readonly R[], name: string): R | undefined {
  return rules.find((rule) => rule.name === name)
}

/** Whether this very version is among them. */
export function includesVersion(rules: readonly RuleVersion[], { name, version }: RuleVersion): boolean {
  return rules.some((rule) => rule.name === name && rule.version === version)
}

function withoutRule<R extends RuleVersion>(rules: readonly R[], { name }: RuleVersion): R[] {
  return rules.filter((rule) => rule.name !== name)
}

function sortByName<R extends RuleVersion>(rules: readonly R[]): R[] {
  return [...rules].sort((a, b) => (a.name < b.name ? -1 : 1))
}
