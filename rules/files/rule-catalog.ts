import type { RuleReferences, ValidatedRules } from './load-rules.ts'
import { validateRuleTexts } from './load-rules.ts'
import { unknownNameProblem } from './parse-yaml.ts'
import { type NamedFile, readYamlLayers } from './read-yaml-files.ts'
import type { RuleFileProblem } from './rule-file-problem.ts'

/** Folders with the rules of an installation. */
export interface CatalogFolders {
  /** The shipped rules first. A rule of a later folder replaces the rule of the same name in an earlier one. */
  folders: readonly string[]
  /** Shipped rules that are not used, by name; `*` stands for any characters. */
  disabled: readonly string[]
}

export interface ValidatedCatalog extends ValidatedRules {
  /** Names of the shipped rules that are disabled. */
  disabled: string[]
}

/** Read and validate the rules of a catalogue. @returns the valid rules, and the problems of the others */
export async function validateCatalog(
  { folders, disabled }: CatalogFolders,
  references: RuleReferences,
): Promise<ValidatedCatalog> {
  const { layers, problems } = await readYamlLayers(folders, 'rule')
  const [shipped = [], ...own] = layers
  const patterns = disabled.map((pattern) => ({ pattern, regex: toRegex(pattern) }))
  const isDisabled = ({ name }: NamedFile) => patterns.some(({ regex }) => regex.test(name ?? ''))
  const left = shipped.filter(isDisabled)
  const validated = validateRuleTexts([...shipped.filter((file) => !isDisabled(file)), ...own.flat()], {
    ...references,
    // A rule that gives way to a disabled one is still valid: it never gives way.
    otherRules: [
      ...(references.otherRules ?? []),
      ...validateRuleTexts(left, references).rules.map(({ rule }) => rule),
    ],
  })
  return {
    rules: validated.rules,
    problems: [...problems, ...unmatched(patterns, layers.flat()), ...validated.problems],
    disabled: left.flatMap(({ name }) => name ?? []),
  }
}

function toRegex(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`)
}

/** Return a problem for each pattern that matches no rule: it is probably misspelt. */
function unmatched(
  patterns: readonly { pattern: string; regex: RegExp }[],
  files: readonly NamedFile[],
): RuleFileProblem[] {
  const names = files.flatMap(({ name }) => name ?? [])
  return patterns
    .filter(({ regex }) => !names.some((name) => regex.test(name)))
    .map(({ pattern }) => ({
      file: 'rules.disabled',
      line: 1,
      column: 1,
      ...unknownNameProblem('rule', pattern, names),
    }))
}
