import { validateRules } from '../../../rules/files/load-rules.ts'
import { validateCatalog } from '../../../rules/files/rule-catalog.ts'
import { formatProblem, type RuleFileProblem } from '../../../rules/files/rule-file-problem.ts'
import { type RuleTestResult, runRuleTests } from '../../../rules/rule-tests/run-rule-tests.ts'
import { CommandError, createOutput, type Output } from '../../terminal/output.ts'
import { catalogFrom, loadVocabularyWithCatalog } from '../../wiring/rule-vocabulary.ts'
import { type CommonOptions, loadCommandSettings } from '../common.ts'

/** Validate rule files and print their problems. */
export async function runCheck(paths: string[], options: CommonOptions): Promise<void> {
  const { settings } = loadCommandSettings(options)
  const output = createOutput(options)
  const vocabulary = await loadVocabularyWithCatalog(settings)
  const { rules, problems } = await (paths.length > 0
    ? validateRules(paths, vocabulary)
    : validateCatalog(catalogFrom(settings), vocabulary))
  printProblems(problems, output)
  output.line(`${rules.length} rules in order, ${problems.length} problems`)
  const result = { rules: rules.map(({ rule }) => rule.name), problems }
  if (problems.length > 0) throw new CommandError('invalid rule files', result)
  if (rules.length === 0) throw new CommandError('no rule files found', result)
  output.result(result)
}

/** Run the tests in rule files and print their results. */
export async function runTests(paths: string[], options: CommonOptions): Promise<void> {
  const { settings } = loadCommandSettings(options)
  const output = createOutput(options)
  const vocabulary = await loadVocabularyWithCatalog(settings)
  const validated = await (paths.length > 0
    ? validateRules(paths, vocabulary)
    : validateCatalog(catalogFrom(settings), vocabulary))
  const { problems } = validated
  const results = validated.rules.flatMap((rule) => runRuleTests(rule, vocabulary.kinds))
  printProblems(problems, output)
  for (const result of results) output.line(describeTestResult(result))
  const failed = results.filter(({ outcome }) => outcome.is === 'failed').length
  output.line(`${results.length - failed} passed, ${failed} failed`)
  const result = { passed: results.length - failed, failed, problems, results }
  if (problems.length > 0) throw new CommandError('invalid rule files', result)
  if (failed > 0) throw new CommandError('rule tests failed', result)
  output.result(result)
}

function printProblems(problems: readonly RuleFileProblem[], output: Output): void {
  for (const problem of problems) output.note(formatProblem(problem))
}

function describeTestResult({ rule, test, outcome }: RuleTestResult): string {
  if (outcome.is === 'passed') return `✓ ${rule}: ${test}`
  return `✗ ${rule}: ${test}\n    expected ${outcome.expected}\n    actual   ${outcome.actual}`
}
