import type { KindFile, RuleSetEntry } from '../../contract/entry.ts'
import type { RuleChange, RuleVersion, TrialRuleVersion } from '../../contract/rule-version.ts'

/** Rules that are live and on trial; stored in the journal as a fact, in the same commit as the `rules` entries. */
export interface RuleSetVersion {
  /** Files of the device kinds; empty where they were not recorded. */
  kinds: readonly KindFile[]
  /** Time of the last change, ms; 0 for none. */
  changedAt: number
  live: readonly RuleVersion[]
  shadow: readonly TrialRuleVersion[]
  /** Rule → its version in the catalogue folder when that was last read. */
  catalogVersions: Readonly<Record<string, string>>
}

/** Rule set before the first change. */
export const emptyRuleSetVersion: RuleSetVersion = {
  kinds: [],
  changedAt: 0,
  live: [],
  shadow: [],
  catalogVersions: {},
}

/**
 * Return the rule set after the catalogue folder was read: rules of new or changed files go live, and rules of removed
 * files are retired. Where a file did not change since it was last read, a promoted or rolled back version stays.
 */
export function withCatalog(ruleSet: RuleSetVersion, files: readonly RuleVersion[]): RuleSetVersion {
  const changedFiles = files.filter(({ name, version }) => ruleSet.catalogVersions[name] !== version)
  const changedNames = new Set(changedFiles.map(({ name }) => name))
  const present = new Set(files.map(({ name }) => name))
  for (const name of Object.keys(ruleSet.catalogVersions)) if (!present.has(name)) changedNames.add(name)
  const live = sortByName([...ruleSet.live.filter(({ name }) => !changedNames.has(name)), ...changedFiles])
  const catalogVersions = Object.fromEntries(files.map(({ name, version }) => [name, version]))
  return {
    ...ruleSet,
    live,
    catalogVersions,
    shadow: ruleSet.shadow.filter((rule) => !includesVersion(live, rule)),
  }
}

/** Return the rule set with versions on trial; each replaces another version of its rule on trial. */
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

/** Return the rule set without the trial of a rule. */
export function withoutTrial(ruleSet: RuleSetVersion, rule: TrialRuleVersion): RuleSetVersion {
  return { ...ruleSet, shadow: withoutRule(ruleSet.shadow, rule) }
}

/** Return the rule set with a version live, which replaces any other version and is no longer on trial. */
export function withLive(
  ruleSet: RuleSetVersion,
  { file, text, name, version }: RuleVersion,
): RuleSetVersion {
  const rule = { file, text, name, version }
  const live = sortByName([...withoutRule(ruleSet.live, rule), rule])
  return { ...ruleSet, live, shadow: ruleSet.shadow.filter((other) => !includesVersion(live, other)) }
}

/** Return the rule set without a live version of a rule. */
export function withoutLive(ruleSet: RuleSetVersion, rule: RuleVersion): RuleSetVersion {
  return { ...ruleSet, live: withoutRule(ruleSet.live, rule) }
}

/** Return the entry that changes one rule set into the other; undefined if their rules and kinds are the same. */
export function rulesEntryFor(
  before: RuleSetVersion,
  after: RuleSetVersion,
  origin: Pick<RuleSetEntry, 'at' | 'by' | 'why'>,
): RuleSetEntry | undefined {
  const changes = diffRuleSets(before, after)
  if (changes.length === 0 && changedKindFiles(before, after).length === 0) return undefined
  const { kinds, live, shadow } = after
  return { type: 'rules', ...origin, changes, kinds, live, shadow }
}

/** Return the files of kinds that were added, changed or removed. */
export function changedKindFiles(before: RuleSetVersion, after: RuleSetVersion): string[] {
  const missing = (from: readonly KindFile[], to: readonly KindFile[]) =>
    from.filter(({ text }) => !to.some((other) => other.text === text))
  const changed = [...missing(before.kinds, after.kinds), ...missing(after.kinds, before.kinds)]
  return [...new Set(changed.map(({ file }) => file))].sort()
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
    const added = after[to].filter((rule) => !includesVersion(before[to], rule))
    changes.push(...added.map(({ name, version }) => ({ name, version, to })))
  }
  return changes
}

/** Return the version of a rule in a list. */
export function findRule<R extends RuleVersion>(rules: readonly R[], name: string): R | undefined {
  return rules.find((rule) => rule.name === name)
}

/** Return whether a list has this version of the rule. */
export function includesVersion(rules: readonly RuleVersion[], { name, version }: RuleVersion): boolean {
  return rules.some((rule) => rule.name === name && rule.version === version)
}

function withoutRule<R extends RuleVersion>(rules: readonly R[], { name }: RuleVersion): R[] {
  return rules.filter((rule) => rule.name !== name)
}

function sortByName<R extends RuleVersion>(rules: readonly R[]): R[] {
  return [...rules].sort((a, b) => (a.name < b.name ? -1 : 1))
}
