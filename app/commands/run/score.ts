import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { detectionAsJson } from '../../../evaluation/recorded/detection/summary.ts'
import { detectionTable } from '../../../evaluation/recorded/detection/text-table.ts'
import { lifetimesTable } from '../../../evaluation/recorded/lifetimes/score-lifetimes.ts'
import { renderScorePage } from '../../../evaluation/recorded/page/page.tsx'
import { scoreDatasets } from '../../../evaluation/recorded/score.ts'
import { shippedRulesTable } from '../../../evaluation/recorded/shipped-rules/score-shipped-rules.ts'
import { summarizeDataset } from '../../../evaluation/recorded/summary.ts'
import { summaryAsJson } from '../../../evaluation/recorded/summary-json.ts'
import { formatTable } from '../../../evaluation/recorded/tables/text-table.ts'
import { monotonicNow } from '../../../lib/monotonic-clock.ts'
import { createOutput, type OutputOptions } from '../../terminal/output.ts'
import { createProgress } from '../../terminal/progress.ts'

export interface ScoreCommandOptions extends OutputOptions {
  data?: string
  train?: string
  html?: string
}

/** Score the forecasts and print the tables. */
export async function runScore(options: ScoreCommandOptions): Promise<void> {
  const { data, train, html, terminal } = options
  const output = createOutput(options)
  const progress = createProgress(monotonicNow, terminal.stderr)
  const { prognosis, detection, lifetimes, shippedRules, skipped } = await scoreDatasets({
    data: data ?? terminal.env.FIELD_DATA_DIR ?? join('..', 'shared', 'field-data'),
    trainingData: train,
    onProgress: ({ done, set }) => progress.show({ done, text: set }),
  })
  progress.end()
  const scored = prognosis.map((each) => ({ ...each, summary: summarizeDataset(each) }))
  for (const each of scored) output.line(`${formatTable(each, each.summary)}\n`)
  if (shippedRules !== undefined) output.line(`${shippedRulesTable(shippedRules)}\n`)
  for (const each of detection) output.line(`${detectionTable(each)}\n`)
  for (const each of lifetimes) output.line(`${lifetimesTable(each)}\n`)
  for (const [name, why] of skipped) output.line(`${name} is not scored: ${why}`)
  if (html !== undefined)
    await writeFile(html, renderScorePage({ forecast: scored, detected: detection, lifetimes, shippedRules }))
  output.result({
    sets: Object.fromEntries([
      ...scored.map(({ dataset, summary }) => [dataset.name, summaryAsJson(summary, dataset.time)]),
      ...[...skipped].map(([name, why]) => [name, { notScored: why }]),
      ...detection.map((each) => [each.dataset.name, detectionAsJson(each)]),
      ...lifetimes.map(({ dataset, score }) => [dataset.name, score.json]),
    ]),
    ...(shippedRules === undefined ? {} : { shippedRules: { phone_battery: shippedRules.json } }),
  })
}
