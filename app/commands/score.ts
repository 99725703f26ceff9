import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { detectionAsJson } from '../../evaluation/recorded/detection/summary.ts'
import { detectionTable } from '../../evaluation/recorded/detection/text-table.ts'
import { renderScorePage } from '../../evaluation/recorded/page/page.tsx'
import { scoreDatasets } from '../../evaluation/recorded/score.ts'
import { summarizeDataset, summaryAsJson } from '../../evaluation/recorded/summary.ts'
import { formatTable } from '../../evaluation/recorded/text-table.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { createOutput, type OutputOptions } from '../terminal/output.ts'
import { createProgress } from '../terminal/progress.ts'
import { withExample } from './common.ts'

interface ScoreCommandOptions extends OutputOptions {
  data?: string
  train?: string
  html?: string
}

export function addScore(program: Command): void {
  const command = program
    .command('score')
    .description('score RUL forecasts on recorded run-to-failure data, against baseline methods')
    .option('--data <dir>', 'units to forecast (default: FIELD_DATA_DIR, or ../shared/field-data)')
    .option('--train <dir>', 'completed lifetimes to learn from (default: the other units of --data)')
    .option('--html <file>', 'write an HTML page with forecasts and ground truth')
    .option('--json', 'print the result as one JSON object on the last line of standard output', false)
    .action(runScore)
  withExample(command, 'forewarn score --data field-data --html score.html')
}

async function runScore(options: ScoreCommandOptions): Promise<void> {
  const { data, train, html, terminal } = options
  const output = createOutput(options)
  const progress = createProgress(monotonicNow, terminal.stderr)
  const { prognosis, detection, skipped } = await scoreDatasets({
    data: data ?? terminal.env.FIELD_DATA_DIR ?? join('..', 'shared', 'field-data'),
    trainingData: train,
    onProgress: ({ done, set }) => progress.show({ done, text: set }),
  })
  progress.end()
  const scored = prognosis.map((each) => ({ ...each, summary: summarizeDataset(each) }))
  for (const each of scored) output.line(`${formatTable(each, each.summary)}\n`)
  for (const each of detection) output.line(`${detectionTable(each)}\n`)
  for (const [name, why] of skipped) output.line(`${name} is not scored: ${why}`)
  if (html !== undefined) await writeFile(html, renderScorePage({ forecast: scored, detected: detection }))
  output.result({
    sets: Object.fromEntries([
      ...scored.map(({ dataset, summary }) => [dataset.name, summaryAsJson(summary, dataset.time)]),
      ...[...skipped].map(([name, why]) => [name, { notScored: why }]),
      ...detection.map((each) => [each.dataset.name, detectionAsJson(each)]),
    ]),
  })
}
