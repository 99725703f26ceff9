import type { SourcePosition, YamlSource } from '../../lib/yaml-source.ts'
import type { DetectorRegistry } from '../detectors/registry.ts'
import type { RuleTest } from '../rule-tests/schema.ts'
import { validateTests } from '../rule-tests/validate-tests.ts'
import { contentHash } from './content-hash.ts'
import type { Kinds } from './kinds.ts'
import { parseYaml, unknownNameProblem } from './parse-yaml.ts'
import { readYamlFiles, type TextFile } from './read-yaml-files.ts'
import { type Rule, wholeDevice } from './rule.ts'
import { type RuleFileProblem, RuleFilesError, sortByPosition } from './rule-file-problem.ts'
import type { RuleFile } from './rule-schema.ts'
import { validateUnless } from './validate-unless.ts'

export interface LoadedRule extends TextFile {
  rule: Rule
  tests: readonly RuleTest[]
}

export interface ValidatedRules {
  rules: LoadedRule[]
  problems: RuleFileProblem[]
}

/** What rules may speak of. */
export interface RuleReferences {
  kinds: Kinds
  detectors: DetectorRegistry
  /** Keys of the notices that have a text; when absent, any key is taken. */
  notices?: readonly string[]
  /** Rules that run beside those that are read, which may name them in their `unless`. */
  otherRules?: readonly Rule[]
}

/**
 * The rules of files and folders.
 * @throws RuleFilesError with every problem and its place
 */
export async function loadRules(paths: readonly string[], vocabulary: RuleReferences): Promise<Rule[]> {
  const { rules, problems } = await validateRules(paths, vocabulary)
  if (problems.length > 0) throw new RuleFilesError(problems)
  return rules.map(({ rule }) => rule)
}

/** Read the rules of files and folders; those with a problem are told, not given. */
export async function validateRules(
  paths: readonly string[],
  vocabulary: RuleReferences,
): Promise<ValidatedRules> {
  const { files, problems } = await readYamlFiles(paths)
  const checked = validateRuleTexts(files, vocabulary)
  return { rules: checked.rules, problems: [...problems, ...checked.problems] }
}

/** The same for texts that were read. */
export function validateRuleTexts(files: readonly TextFile[], vocabulary: RuleReferences): ValidatedRules {
  const found = new Map<string, ValidRule>()
  const problems: RuleFileProblem[] = []
  for (const textFile of files) {
    const checked = validateRuleText(textFile, vocabulary)
    problems.push(...checked.problems)
    if (checked.rule === undefined) continue
    const { name } = checked.rule.rule
    const duplicate = found.get(name)?.rule
    if (duplicate === undefined) found.set(name, checked)
    else
      problems.push({
        ...checked.namePosition,
        message: `the rule ${name} is in ${duplicate.file} too`,
        hint: 'rename one',
      })
  }
  const located = [...found.values()].map(({ rule: { rule }, unlessPositions }) => ({
    rule,
    unlessPositions,
  }))
  const unlessProblems = validateUnless(located, vocabulary.otherRules)
  const rules = [...found.values()].map(({ rule }) => rule)
  return {
    rules: rules.filter(({ file }) => unlessProblems.every((problem) => problem.file !== file)),
    problems: [...problems, ...unlessProblems],
  }
}

interface ValidRule {
  rule: LoadedRule
  namePosition: SourcePosition
  unlessPositions: SourcePosition[]
  problems: []
}

export type RuleValidation = ValidRule | { rule?: undefined; problems: RuleFileProblem[] }

/** Read one rule. */
export function validateRuleText(textFile: TextFile, vocabulary: RuleReferences): RuleValidation {
  const parsed = parseYaml(textFile.file, textFile.text, vocabulary.detectors.ruleFileSchema)
  if (parsed.is === 'wrong') return { problems: parsed.problems }
  const problems = validateRule(parsed.value, { ...vocabulary, source: parsed.source })
  if (problems.length > 0) return { problems: sortByPosition(problems) }
  const { source, value } = parsed
  return {
    rule: toRule(textFile, parsed),
    namePosition: source.valueAt(['rule']),
    unlessPositions: value.unless.map((_, index) => source.valueAt(['unless', index])),
    problems: [],
  }
}

interface ValidationContext extends RuleReferences {
  source: YamlSource
}

function validateRule(file: RuleFile, { source, kinds, notices }: ValidationContext): RuleFileProblem[] {
  const kind = kinds.get(file.kind)
  if (kind === undefined) {
    return [{ ...source.valueAt(['kind']), ...unknownNameProblem('kind', file.kind, [...kinds.keys()]) }]
  }
  const { component, clear } = file
  const found = [
    ...file.detect.validate({ kind, component, clear, path: ['detect'] }),
    ...validateTests(file.tests, kind),
  ]
  const problems = found.map(
    ({ path, target: part, ...what }): RuleFileProblem => ({
      ...(part === 'key' ? source.keyAt(path) : source.valueAt(path)),
      ...what,
    }),
  )
  const components = [...kind.components, wholeDevice]
  if (!components.includes(file.component)) {
    const what = unknownNameProblem(`component of ${kind.name}`, file.component, components)
    problems.push({ ...source.valueAt(['component']), ...what })
  }
  const { notice } = file.then
  if (notices !== undefined && notice !== undefined && !notices.includes(notice)) {
    problems.push({ ...source.valueAt(['then', 'notice']), ...unknownNameProblem('notice', notice, notices) })
  }
  if (!file.rule.startsWith(`${file.kind}.`)) {
    const message = `the rule ${file.rule} is for the kind ${file.kind}`
    problems.push({ ...source.valueAt(['rule']), message, hint: `its name must begin with ${file.kind}.` })
  }
  return problems
}

function toRule(textFile: TextFile, { value, source }: { value: RuleFile; source: YamlSource }): LoadedRule {
  const { tests: _, ...hashedContent } = source.value as Record<string, unknown>
  const rule: Rule = {
    name: value.rule,
    version: contentHash(hashedContent, 8),
    kind: value.kind,
    component: value.component,
    detect: value.detect,
    forMs: value.for ?? 0,
    clear: value.clear,
    holdMs: value.hold ?? 0,
    flap: value.flap,
    latch: value.latch,
    latePolicy: value.late,
    repeatMs: value.repeat ?? 0,
    unless: value.unless,
    severity: value.severity,
    notice: value.then.notice,
    ticket: value.then.ticket,
  }
  return { ...textFile, rule, tests: value.tests }
}
