import type { SourcePosition, YamlSource } from '../../lib/yaml-source.ts'
import { type Expression, parseCondition } from '../derived/expression.ts'
import type { DetectorRegistry } from '../detectors/registry.ts'
import type { RuleTest } from '../rule-tests/schema.ts'
import { validateTests } from '../rule-tests/validate-tests.ts'
import { contentHash } from './content-hash.ts'
import { formerRuleKeys } from './former-names.ts'
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

/** Names that rules may refer to. */
export interface RuleReferences {
  kinds: Kinds
  detectors: DetectorRegistry
  /** Keys of the notices that have a text; when absent, any key is valid. */
  notices?: readonly string[]
  /** Live rules that are not among the validated ones; these may name them in `unless`. */
  otherRules?: readonly Rule[]
}

/**
 * Load the rules of files and folders.
 * @throws RuleFilesError with every problem and its position
 */
export async function loadRules(paths: readonly string[], references: RuleReferences): Promise<Rule[]> {
  const { rules, problems } = await validateRules(paths, references)
  if (problems.length > 0) throw new RuleFilesError(problems)
  return rules.map(({ rule }) => rule)
}

/** Read and validate the rules of files and folders. @returns the valid rules, and the problems of the others */
export async function validateRules(
  paths: readonly string[],
  references: RuleReferences,
): Promise<ValidatedRules> {
  const { files, problems } = await readYamlFiles(paths)
  const validated = validateRuleTexts(files, references)
  return { rules: validated.rules, problems: [...problems, ...validated.problems] }
}

/** Validate rule texts, each by itself and all together. @returns the valid rules, and the problems of the others */
export function validateRuleTexts(files: readonly TextFile[], references: RuleReferences): ValidatedRules {
  const found = new Map<string, ValidRule>()
  const problems: RuleFileProblem[] = []
  for (const textFile of files) {
    const validated = validateRuleText(textFile, references)
    problems.push(...validated.problems)
    if (validated.rule === undefined) continue
    const { name } = validated.rule.rule
    const duplicate = found.get(name)?.rule
    if (duplicate === undefined) found.set(name, validated)
    else
      problems.push({
        ...validated.namePosition,
        message: `the rule ${name} is also defined in ${duplicate.file}`,
        hint: 'rename one',
      })
  }
  const located = [...found.values()].map(({ rule: { rule }, unlessPositions }) => ({
    rule,
    unlessPositions,
  }))
  const unlessProblems = validateUnless(located, references.otherRules)
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

/** Validate one rule text; `unless` is not resolved. */
export function validateRuleText(textFile: TextFile, references: RuleReferences): RuleValidation {
  const parsed = parseYaml(textFile, references.detectors.ruleFileSchema, formerRuleKeys)
  if (parsed.is === 'invalid') return { problems: parsed.problems }
  const { source, value } = parsed
  const problems = validateRule(value, { ...references, source })
  const metrics = references.kinds.get(value.kind)?.metrics.keys() ?? []
  const onlyWhile =
    value.only_while === undefined ? undefined : parseCondition(value.only_while, [...metrics])
  if (onlyWhile?.is === 'invalid') {
    const { message, hint } = onlyWhile
    const at = source.valueAt(['only_while'])
    problems.push({ ...at, message: `only_while: ${message}`, ...(hint === undefined ? {} : { hint }) })
  }
  if (problems.length > 0) return { problems: sortByPosition(problems) }
  return {
    rule: toRule(textFile, parsed, onlyWhile?.is === 'expression' ? onlyWhile.expression : undefined),
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
    ({ path, target, ...problem }): RuleFileProblem => ({
      ...(target === 'key' ? source.keyAt(path) : source.valueAt(path)),
      ...problem,
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

function toRule(
  textFile: TextFile,
  { value, source }: { value: RuleFile; source: YamlSource },
  onlyWhile: Expression | undefined,
): LoadedRule {
  const { tests: _, ...hashedContent } = source.value as Record<string, unknown>
  const rule: Rule = {
    name: value.rule,
    version: contentHash(hashedContent, 8),
    kind: value.kind,
    component: value.component,
    detect: value.detect,
    forMs: value.for ?? 0,
    clear: value.clear,
    hold: value.hold,
    latch: value.latch,
    latePolicy: value.late,
    repeatMs: value.repeat ?? 0,
    unless: value.unless,
    onlyWhile,
    severity: value.severity,
    notice: value.then.notice,
    ticket: value.then.ticket,
  }
  return { ...textFile, rule, tests: value.tests }
}
