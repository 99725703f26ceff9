import type { SourcePosition, YamlSource } from '../../lib/yaml-source.ts'
import { checkTests } from '../rule-tests/check.ts'
import type { RuleTest } from '../rule-tests/schema.ts'
import { checkUnless } from './check-unless.ts'
import { contentHash } from './content-hash.ts'
import type { Kinds } from './kinds.ts'
import { parseYaml, unknownName } from './parse-yaml.ts'
import { inOrder, type Problem, RuleFilesError } from './problem.ts'
import { readYamlFiles, type TextFile } from './read-folder.ts'
import { type Rule, wholeDevice } from './rule.ts'
import { type RuleFile, ruleFile } from './rule-schema.ts'

export interface LoadedRule extends TextFile {
  rule: Rule
  tests: readonly RuleTest[]
}

export interface CheckedRules {
  rules: LoadedRule[]
  problems: Problem[]
}

/** What rules may speak of. */
export interface Vocabulary {
  kinds: Kinds
  /** Keys of the notices that have a text; when absent, any key is taken. */
  notices?: readonly string[]
  /** Rules that run beside those that are read, which may name them in their `unless`. */
  beside?: readonly Rule[]
}

/**
 * The rules of files and folders.
 * @throws RuleFilesError with every problem and its place
 */
export async function loadRules(paths: readonly string[], vocabulary: Vocabulary): Promise<Rule[]> {
  const { rules, problems } = await checkRules(paths, vocabulary)
  if (problems.length > 0) throw new RuleFilesError(problems)
  return rules.map(({ rule }) => rule)
}

/** Reads the rules of files and folders; those with a problem are told, not given. */
export async function checkRules(paths: readonly string[], vocabulary: Vocabulary): Promise<CheckedRules> {
  const { files, problems } = await readYamlFiles(paths)
  const checked = checkRuleTexts(files, vocabulary)
  return { rules: checked.rules, problems: [...problems, ...checked.problems] }
}

/** The same for texts that were read. */
export function checkRuleTexts(files: readonly TextFile[], vocabulary: Vocabulary): CheckedRules {
  const found = new Map<string, GoodRule>()
  const problems: Problem[] = []
  for (const textFile of files) {
    const checked = checkRuleText(textFile, vocabulary)
    problems.push(...checked.problems)
    if (checked.rule === undefined) continue
    const { name } = checked.rule.rule
    const twin = found.get(name)?.rule
    if (twin === undefined) found.set(name, checked)
    else
      problems.push({
        ...checked.nameAt,
        message: `the rule ${name} is in ${twin.file} too`,
        hint: 'rename one',
      })
  }
  const placed = [...found.values()].map(({ rule: { rule }, unlessAt }) => ({ rule, unlessAt }))
  const tangled = checkUnless(placed, vocabulary.beside)
  const rules = [...found.values()].map(({ rule }) => rule)
  return {
    rules: rules.filter(({ file }) => tangled.every((problem) => problem.file !== file)),
    problems: [...problems, ...tangled],
  }
}

interface GoodRule {
  rule: LoadedRule
  nameAt: SourcePosition
  unlessAt: SourcePosition[]
  problems: []
}

export type CheckedRule = GoodRule | { rule?: undefined; problems: Problem[] }

/** Reads one rule. */
export function checkRuleText(textFile: TextFile, vocabulary: Vocabulary): CheckedRule {
  const parsed = parseYaml(textFile.file, textFile.text, ruleFile)
  if (parsed.is === 'wrong') return { problems: parsed.problems }
  const problems = checkRule(parsed.value, { ...vocabulary, source: parsed.source })
  if (problems.length > 0) return { problems: inOrder(problems) }
  const { source, value } = parsed
  return {
    rule: toRule(textFile, parsed),
    nameAt: source.valueAt(['rule']),
    unlessAt: value.unless.map((_, index) => source.valueAt(['unless', index])),
    problems: [],
  }
}

interface CheckContext extends Vocabulary {
  source: YamlSource
}

function checkRule(file: RuleFile, { source, kinds, notices }: CheckContext): Problem[] {
  const kind = kinds.get(file.kind)
  if (kind === undefined) {
    return [{ ...source.valueAt(['kind']), ...unknownName('kind', file.kind, [...kinds.keys()]) }]
  }
  const { component, clear } = file
  const found = [
    ...file.detect.check({ kind, component, clear, path: ['detect'] }),
    ...checkTests(file.tests, kind),
  ]
  const problems = found.map(
    ({ path, part, ...what }): Problem => ({
      ...(part === 'key' ? source.keyAt(path) : source.valueAt(path)),
      ...what,
    }),
  )
  const components = [...kind.components, wholeDevice]
  if (!components.includes(file.component)) {
    const what = unknownName(`component of ${kind.name}`, file.component, components)
    problems.push({ ...source.valueAt(['component']), ...what })
  }
  const { notice } = file.then
  if (notices !== undefined && notice !== undefined && !notices.includes(notice)) {
    problems.push({ ...source.valueAt(['then', 'notice']), ...unknownName('notice', notice, notices) })
  }
  if (!file.rule.startsWith(`${file.kind}.`)) {
    const message = `the rule ${file.rule} is for the kind ${file.kind}`
    problems.push({ ...source.valueAt(['rule']), message, hint: `its name must begin with ${file.kind}.` })
  }
  return problems
}

function toRule(textFile: TextFile, { value, source }: { value: RuleFile; source: YamlSource }): LoadedRule {
  const { tests: _, ...says } = source.value as Record<string, unknown>
  const rule: Rule = {
    name: value.rule,
    version: contentHash(says, 8),
    kind: value.kind,
    component: value.component,
    detect: value.detect,
    forMs: value.for ?? 0,
    clear: value.clear,
    holdMs: value.hold ?? 0,
    flap: value.flap,
    latch: value.latch,
    late: value.late,
    repeatMs: value.repeat ?? 0,
    unless: value.unless,
    severity: value.severity,
    notice: value.then.notice,
    ticket: value.then.ticket,
  }
  return { ...textFile, rule, tests: value.tests }
}
