import type { RulesEntry } from '../../contract/entry.ts'
import type { RuleChange, RuleOnTrial, RuleVersion } from '../../contract/rule-version.ts'

/** Which rules are live and on trial; the journal keeps it as a fact, in step with the `rules` entries. */
export interface Rulebook {
  /** When it last changed, ms; 0 for one that never did. */
  at: number
  live: readonly RuleVersion[]
  shadow: readonly RuleOnTrial[]
  /** Rule → the version of it that the catalogue folder held when it was last read. */
  folder: Readonly<Record<string, string>>
}

/** What there is before anything was ever in force. */
export const emptyBook: Rulebook = { at: 0, live: [], shadow: [], folder: {} }

/**
 * The book after the catalogue folder was read: a file that is new or says something else than last time goes live, and
 * with a file that is gone its rule goes. Where the folder is as it was, what was promoted or rolled back stays.
 */
export function reloaded(book: Rulebook, files: readonly RuleVersion[]): Rulebook {
  const fresh = files.filter(({ name, version }) => book.folder[name] !== version)
  const concerned = new Set(fresh.map(({ name }) => name))
  const present = new Set(files.map(({ name }) => name))
  for (const name of Object.keys(book.folder)) if (!present.has(name)) concerned.add(name)
  const live = inOrder([...book.live.filter(({ name }) => !concerned.has(name)), ...fresh])
  const folder = Object.fromEntries(files.map(({ name, version }) => [name, version]))
  return { ...book, live, folder, shadow: book.shadow.filter((rule) => !holds(live, rule)) }
}

/** The book with some versions on trial; each takes the place of another one of its rule that is. */
export function tried(book: Rulebook, rules: readonly RuleVersion[], at: number): Rulebook {
  const fresh = rules.filter((rule) => !holds(book.shadow, rule))
  const kept = fresh.reduce(without, book.shadow)
  return { ...book, shadow: inOrder([...kept, ...fresh.map((rule) => ({ ...rule, since: at }))]) }
}

/** The book without the trial of a rule. */
export function withdrawn(book: Rulebook, rule: RuleOnTrial): Rulebook {
  return { ...book, shadow: without(book.shadow, rule) }
}

/** The book with a version live in the place of any other, and no longer on trial. */
export function putLive(book: Rulebook, { file, text, name, version }: RuleVersion): Rulebook {
  const rule = { file, text, name, version }
  const live = inOrder([...without(book.live, rule), rule])
  return { ...book, live, shadow: book.shadow.filter((other) => !holds(live, other)) }
}

/** The book without a live version of a rule. */
export function retired(book: Rulebook, rule: RuleVersion): Rulebook {
  return { ...book, live: without(book.live, rule) }
}

/** The entry that brings about the second book; undefined where nothing differs that rules would notice. */
export function entryBetween(
  before: Rulebook,
  after: Rulebook,
  told: Pick<RulesEntry, 'at' | 'by' | 'why'>,
): RulesEntry | undefined {
  const changes = changesBetween(before, after)
  if (changes.length === 0) return undefined
  return { type: 'rules', ...told, changes, live: after.live, shadow: after.shadow }
}

function changesBetween(before: Rulebook, after: Rulebook): RuleChange[] {
  const changes: RuleChange[] = []
  for (const { name, version } of [...before.live, ...before.shadow]) {
    const isKept = [...after.live, ...after.shadow].some(
      (rule) => rule.name === name && rule.version === version,
    )
    if (!isKept) changes.push({ name, version, to: 'retired' })
  }
  for (const to of ['live', 'shadow'] as const) {
    const fresh = after[to].filter((rule) => !holds(before[to], rule))
    changes.push(...fresh.map(({ name, version }) => ({ name, version, to })))
  }
  return changes
}

/** The version of a rule that is among them. */
export function find<R extends RuleVersion>(rules: readonly R[], name: string): R | undefined {
  return rules.find((rule) => rule.name === name)
}

/** Whether this very version is among them. */
export function holds(rules: readonly RuleVersion[], { name, version }: RuleVersion): boolean {
  return rules.some((rule) => rule.name === name && rule.version === version)
}

function without<R extends RuleVersion>(rules: readonly R[], { name }: RuleVersion): R[] {
  return rules.filter((rule) => rule.name !== name)
}

function inOrder<R extends RuleVersion>(rules: readonly R[]): R[] {
  return [...rules].sort((a, b) => (a.name < b.name ? -1 : 1))
}
