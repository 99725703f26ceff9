import type { PrognosticMetrics } from '../figures/metrics.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'
import type { ScoredDataset } from '../score-dataset.ts'
import type { BaselineSummary, DatasetSummary } from '../summary.ts'
import { alignColumns } from './align-columns.ts'
import { formatInUnit, formatRoundPercent } from './format.ts'
import { lostMark, sectionsOf } from './sections.ts'
import { methodTitle } from './titles.ts'

type Cell = (figures: PrognosticMetrics, time: TimeUnit) => string

const columns: readonly (readonly [title: string, cell: Cell])[] = [
  ['forecasts', ({ forecasts }) => String(forecasts)],
  ['withheld', ({ withheld }) => String(withheld)],
  ['median', ({ medianAbsError }, time) => formatInUnit(medianAbsError, time)],
  ['mean', ({ meanAbsError }, time) => formatInUnit(meanAbsError, time)],
  [
    'of life',
    ({ meanAbsErrorShareOfLife: share }) => (share === null ? '' : `${(100 * share).toFixed(1)} %`),
  ],
  ['±20 %', ({ within20 }) => formatRoundPercent(within20)],
  ['±30 %', ({ within30 }) => formatRoundPercent(within30)],
  ['α-λ', ({ alphaLambda }) => formatRoundPercent(alphaLambda)],
  ['RA', ({ relativeAccuracy: accuracy }) => (accuracy === null ? '' : accuracy.toFixed(2))],
  ['horizon', ({ prognosticHorizon }, time) => formatInUnit(prognosticHorizon, time)],
  ['P10–P90', ({ coverage80 }) => formatRoundPercent(coverage80)],
  ['bias', ({ bias }, time) => formatInUnit(bias, time)],
]

/** Column titles; the last is the median error of our forecasts where the method gave one as well. */
export const columnTitles = [...columns.map(([title]) => title), 'ours there']

/** Return the cells of a method's row in the order of `columnTitles`; times in the unit of the dataset. */
function formatCells(figures: PrognosticMetrics, time: TimeUnit, both?: BaselineSummary['both']): string[] {
  return [
    ...columns.map(([, cell]) => cell(figures, time)),
    both === undefined ? '' : formatInUnit(both.ours, time) + lostMark(both.ours, both.theirs),
  ]
}

export interface TableRow {
  method: string
  cells: readonly string[]
}

/** Return the rows of the table: ours first, then the baselines. */
export function tableRows({ metrics, baselines }: DatasetSummary, time: TimeUnit): TableRow[] {
  const rest = [...baselines].map(([method, each]) => ({
    method,
    cells: formatCells(each.metrics, time, each.both),
  }))
  return [{ method: 'forewarn', cells: formatCells(metrics, time) }, ...rest]
}

/** Return a dataset as lines of text for a terminal. */
export function formatTable({ dataset }: ScoredDataset, summary: DatasetSummary): string {
  const rows = tableRows(summary, dataset.time).map(({ method, cells }) => [methodTitle(method), ...cells])
  const lines = [
    ...alignColumns([[dataset.time.name.toLowerCase(), ...columnTitles], ...rows]),
    ...formatRemarks(summary),
    ...sectionsOf(summary, dataset.time).flatMap(({ titles, rows }) => [
      '',
      ...alignColumns([titles, ...rows]),
    ]),
  ]
  return [
    `${dataset.title} (${dataset.name})`,
    ...lines.map((line) => (line === '' ? line : `  ${line}`)),
  ].join('\n')
}

/** Return sentences about what the table does not show. */
export function formatRemarks({ censored, invalidRecords, withheldBecause }: DatasetSummary): string[] {
  const why = Object.entries(withheldBecause).map(
    ([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`,
  )
  return [
    ...(why.length > 0 ? [`withheld: ${why.join(', ')}`] : []),
    ...(censored.units > 0
      ? [
          `${censored.units} lifetimes without an end: ${censored.forecasts} forecasts, ` +
            `${censored.contradicted} contradicted by later readings, ${censored.predictedFailed} predicted as failed`,
        ]
      : []),
    ...(invalidRecords === undefined
      ? []
      : [
          `${invalidRecords.units} invalid records: ${invalidRecords.forecasts} forecasts, ${invalidRecords.withheld} withheld, ` +
            `${invalidRecords.falselyFailed} falsely predicted as failed (${invalidRecords.unitsFalselyFailed} units)`,
        ]),
  ]
}
