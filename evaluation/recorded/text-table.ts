import { aligned } from './aligned.ts'
import type { Figures } from './metrics.ts'
import type { TimeUnit } from './recorded.ts'
import type { ScoredSet } from './score.ts'
import type { BaselineSummary, SetSummary } from './summary.ts'

/** What the methods are called for people. */
const titles: Readonly<Record<string, string>> = {
  forewarn: 'Forewarn',
  linearWindow: 'line, recent window',
  linearAll: 'line, all',
  theilSen: 'Theil–Sen',
  peersFromLevel: 'peers from this level',
  meanLife: 'mean life of peers',
  lifeAndLevel: 'mean life and level',
  dwellSum: 'peers’ dwell per step',
}

export const titleOf = (method: string): string => titles[method] ?? method

type Cell = (figures: Figures, time: TimeUnit) => string

const columns: readonly (readonly [title: string, cell: Cell])[] = [
  ['forecasts', ({ forecasts }) => String(forecasts)],
  ['withheld', ({ withheld }) => String(withheld)],
  ['median', ({ medianAbsError }, time) => inTime(medianAbsError, time)],
  ['mean', ({ meanAbsError }, time) => inTime(meanAbsError, time)],
  [
    'of life',
    ({ meanAbsErrorShareOfLife: share }) => (share === null ? '' : `${(100 * share).toFixed(1)} %`),
  ],
  ['±20 %', ({ within20 }) => percent(within20)],
  ['±30 %', ({ within30 }) => percent(within30)],
  ['α-λ', ({ alphaLambda }) => percent(alphaLambda)],
  ['RA', ({ relativeAccuracy: accuracy }) => (accuracy === null ? '' : accuracy.toFixed(2))],
  ['horizon', ({ prognosticHorizon }, time) => inTime(prognosticHorizon, time)],
  ['P10–P90', ({ coverage80 }) => percent(coverage80)],
  ['bias', ({ bias }, time) => inTime(bias, time)],
]

/** The last column: the median error of our forecasts where the method gave one as well. */
export const columnTitles = [...columns.map(([title]) => title), 'ours there']

/** The cells of one method's row, in the order of `columnTitles`; times in the set's unit. */
function cellsOf(figures: Figures, time: TimeUnit, both?: BaselineSummary['both']): string[] {
  return [
    ...columns.map(([, cell]) => cell(figures, time)),
    both === undefined ? '' : inTime(both.ours, time),
  ]
}

export interface TableRow {
  method: string
  cells: readonly string[]
}

/** Ours first, then the baselines. */
export function rowsOf({ figures, baselines }: SetSummary, time: TimeUnit): TableRow[] {
  const rest = [...baselines].map(([method, each]) => ({
    method,
    cells: cellsOf(each.figures, time, each.both),
  }))
  return [{ method: 'forewarn', cells: cellsOf(figures, time) }, ...rest]
}

/** A set as lines of text for a terminal. */
export function tableOf({ set }: ScoredSet, summary: SetSummary): string {
  const rows = rowsOf(summary, set.time).map(({ method, cells }) => [titleOf(method), ...cells])
  const lines = [...aligned([[set.time.name.toLowerCase(), ...columnTitles], ...rows]), ...remarksOf(summary)]
  return [`${set.title} (${set.name})`, ...lines.map((line) => `  ${line}`)].join('\n')
}

/** What the table does not show, in words. */
export function remarksOf({ unended, garbage, withheldBecause }: SetSummary): string[] {
  const why = Object.entries(withheldBecause).map(
    ([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`,
  )
  return [
    ...(why.length > 0 ? [`withheld: ${why.join(', ')}`] : []),
    ...(unended.units > 0
      ? [
          `${unended.units} lives that did not end: ${unended.forecasts} forecasts, ` +
            `${unended.contradicted} contradicted by what followed, ${unended.calledDead} called dead`,
        ]
      : []),
    ...(garbage === undefined
      ? []
      : [
          `${garbage.units} records that are no lives: ${garbage.forecasts} forecasts, ${garbage.withheld} withheld, ` +
            `${garbage.falselyDead} called dead wrongly (${garbage.unitsFalselyDead} units)`,
        ]),
  ]
}

/** A time in the set's unit. */
export function inTime(ms: number | null, time: TimeUnit): string {
  if (ms === null) return ''
  const value = ms / time.ms
  const text = value.toFixed(Math.abs(value) < 10 ? 1 : 0)
  return text === '-0.0' ? '0.0' : text
}

export function percent(share: number | null): string {
  return share === null ? '' : `${Math.round(share * 100)} %`
}
