import type { Command } from 'commander'
import { withExample } from './common.ts'
import type { ScoreCommandOptions } from './run/score.ts'

export function defineScore(command: Command): void {
  command
    .option('--data <dir>', 'units to forecast (default: FIELD_DATA_DIR, or ../shared/field-data)')
    .option('--train <dir>', 'completed lifetimes to learn from (default: the other units of --data)')
    .option('--html <file>', 'write an HTML page with forecasts and ground truth')
    .option('--json', 'print the result as one JSON object on the last line of standard output', false)
    .action(async (options: ScoreCommandOptions) => {
      const { runScore } = await import('./run/score.ts')
      await runScore(options)
    })
  withExample(command, 'forewarn score --data field-data --html score.html')
}
