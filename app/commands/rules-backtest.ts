import { type Command, Option } from 'commander'
import { parseTime, withCommonOptions } from './common.ts'
import type { BacktestCommandOptions } from './run/backtest.ts'

export function addRulesBacktest(rules: Command): void {
  const command = rules
    .command('backtest')
    .description('backtest rules on stored history')
    .argument('<files...>', 'rule files or folders')
    .option('--from <time>', 'count from here on, e.g. 2026-01-31 (default: all that is stored)', parseTime)
    .option('--to <time>', 'count up to here', parseTime)
    .option(
      '--devices <list>',
      'ids, patterns such as vac-*, or kind:phone, separated by commas',
      parseList,
      [],
    )
    .addOption(new Option('--against <what>', 'compare with the live rules').choices(['live']))
    .option('--truth <file>', 'what the simulator knows (simulate --truth), to tell right from wrong')
    .option('--html <file>', 'write a page with charts')
    .action(async (files: string[], options: BacktestCommandOptions) => {
      const { runBacktest } = await import('./run/backtest.ts')
      await runBacktest(files, options)
    })
  withCommonOptions(command, 'forewarn rules backtest new.yaml --against live --html backtest.html')
}

const parseList = (list: string, before: string[]): string[] => [
  ...before,
  ...list.split(',').filter(Boolean),
]
