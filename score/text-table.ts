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

export const columnTitles = [
  'forecasts',
  'withheld',
  'median',
  'mean',
  '±20 %',
  '±30 %',
  'α-λ',
  'RA',
  'horizon',
  'P10–P90',
  'bias',
  'ours there',
] as const

/** The cells of one method's row, in the order of `columnTitles`; times in the set's unit. */
export function cellsOf(figures: Figures, time: TimeUnit, both?: BaselineSummary['both']): string[] {
  const inTime = (value: number | null) => number(value === null ? null : value / time.ms)
  return [
    String(figures.forecasts),
    String(figures.withheld),
    inTime(figures.medianAbsError),
    inTime(figures.meanAbsError),
    percent(figures.within20),
    percent(figures.within30),
    percent(figures.alphaLambda),
    figures.relativeAccuracy === null ? '' : figures.relativeAccuracy.toFixed(2),
    inTime(figures.prognosticHorizon),
    percent(figures.coverage80),
    inTime(figures.bias),
    both === undefined ? '' : inTime(both.ours),
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

function number(value: number | null): string {
  if (value === null) return ''
  return value.toFixed(Math.abs(value) < 10 ? 1 : 0)
}

function percent(share: number | null): string {
  return share === null ? '' : `${Math.round(share * 100)} %`
}
