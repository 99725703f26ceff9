import type { Command } from 'commander'
import { type CommonOptions, withCommonOptions, withExample } from './common.ts'
import { addRuleReports } from './rule-reports.ts'
import { addRuleRollout } from './rule-rollout.ts'
import { addRulesBacktest } from './rules-backtest.ts'

export function defineRules(rules: Command): void {
  withExample(rules, 'forewarn rules check')
  const check = rules
    .command('check')
    .description('validate rule files and print errors with their positions')
    .argument('[paths...]', 'files or folders (default: the rule catalog)')
    .action(async (paths: string[], options: CommonOptions) => {
      const { runCheck } = await import('./run/rule-files.ts')
      await runCheck(paths, options)
    })
  withCommonOptions(check, 'forewarn rules check rules/catalog')
  const test = rules
    .command('test')
    .description('run the tests in rule files')
    .argument('[paths...]', 'files or folders (default: the rule catalog)')
    .action(async (paths: string[], options: CommonOptions) => {
      const { runTests } = await import('./run/rule-files.ts')
      await runTests(paths, options)
    })
  withCommonOptions(test, 'forewarn rules test rules/catalog/phone.battery_worn.yaml')
  addRulesBacktest(rules)
  addRuleReports(rules)
  addRuleRollout(rules)
}
