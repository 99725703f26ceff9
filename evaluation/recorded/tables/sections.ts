import { type BootstrapInterval, formatInterval } from '../figures/bootstrap.ts'
import { type Comparison, isLost } from '../figures/compare.ts'
import type { PrognosticMetrics } from '../figures/metrics.ts'
import type { UnitBalancedFigures } from '../figures/unit-balanced.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'
import type { DatasetSummary } from '../summary.ts'
import { formatInUnit, formatRoundPercent } from './format.ts'
import { methodTitle } from './titles.ts'

/** A further table of a dataset, for the terminal and the page. */
export interface TableSection {
  /** Of each column. */
  titles: readonly string[]
  rows: readonly (readonly string[])[]
}

/** Return the tables of a dataset besides that of the methods: by hold-out, of intervals, and by remaining time. */
export function sectionsOf(summary: DatasetSummary, time: TimeUnit): TableSection[] {
  return [
    holdoutSection(summary, time),
    intervalSection(summary, time),
    remainingTimeSection(summary, time),
  ].filter(({ rows }) => rows.length > 0)
}

function holdoutSection({ holdouts, baselines }: DatasetSummary, time: TimeUnit): TableSection {
  const cells = (metrics: PrognosticMetrics, byUnit: UnitBalancedFigures | null) => [
    String(metrics.forecasts),
    formatInUnit(metrics.medianAbsError, time),
    formatRoundPercent(metrics.within30),
    formatRoundPercent(metrics.coverage80),
    byUnit === null ? '' : formatTimes(byUnit.medianAbsError, time),
    formatShares(byUnit?.coverage80 ?? null),
  ]
  const own = baselines.get('ownTrend')
  return {
    titles: [
      'left out',
      'forecasts',
      'median',
      '±30 %',
      'P10–P90',
      'median by unit',
      'P10–P90 by unit',
      'own trend there',
      'dwell there',
    ],
    rows: [
      ...holdouts.map(({ title, metrics, byUnit, ownTrend, dwellSum }) => [
        title,
        ...cells(metrics, byUnit),
        formatAgainst(ownTrend, metrics.forecasts, time),
        formatAgainst(dwellSum, metrics.forecasts, time),
      ]),
      ...(own === undefined ? [] : [['all: own trend', ...cells(own.metrics, own.byUnit)]]),
    ],
  }
}

function intervalSection({ metrics, baselines }: DatasetSummary, time: TimeUnit): TableSection {
  const cells = (figures: PrognosticMetrics) => [
    formatRoundPercent(figures.coverage80),
    formatInUnit(figures.intervalWidth, time),
    ...[figures.pinball10, figures.pinball50, figures.pinball90, figures.pinball].map((loss) =>
      formatInUnit(loss, time),
    ),
  ]
  const others = [...baselines].filter(([, { metrics: theirs }]) => theirs.pinball !== null)
  return {
    titles: ['intervals', 'P10–P90', 'width', 'pinball P10', 'P50', 'P90', 'mean', 'ours there'],
    rows: [
      ['Forewarn', ...cells(metrics)],
      ...others.map(([method, { metrics: theirs, both }]) => [
        methodTitle(method),
        ...cells(theirs),
        formatInUnit(both.oursPinball, time) + lostMark(both.oursPinball, both.theirsPinball),
      ]),
    ],
  }
}

function remainingTimeSection({ remainingTime }: DatasetSummary, time: TimeUnit): TableSection {
  return {
    titles: ['remaining', 'forecasts', 'withheld', 'median', 'bias', '±30 %', 'P10–P90', 'pinball'],
    rows: [...remainingTime].map(([band, metrics]) => [
      band,
      String(metrics.forecasts),
      String(metrics.withheld),
      formatInUnit(metrics.medianAbsError, time),
      formatInUnit(metrics.bias, time),
      formatRoundPercent(metrics.within30),
      formatRoundPercent(metrics.coverage80),
      formatInUnit(metrics.pinball, time),
    ]),
  }
}

/**
 * Return the median error of another method, and whether ours is worse at the same times; where these are fewer than ours also how
 * many, and our error at them.
 */
function formatAgainst({ forecasts, ours, theirs }: Comparison, all: number, time: TimeUnit): string {
  if (forecasts === 0) return ''
  const fewer = forecasts < all ? ` (at ${forecasts}; ours ${formatInUnit(ours, time)})` : ''
  return formatInUnit(theirs, time) + fewer + lostMark(ours, theirs)
}

export const lostMark = (ours: number | null, theirs: number | null): string =>
  isLost(ours, theirs) ? ' lost' : ''

function formatTimes({ value, low, high }: BootstrapInterval, { ms }: TimeUnit): string {
  const digits = value / ms < 10 ? 1 : 0
  return formatInterval({ value: value / ms, low: low / ms, high: high / ms }, digits)
}

function formatShares(interval: BootstrapInterval | null): string {
  if (interval === null) return ''
  const [value, low, high] = [interval.value, interval.low, interval.high].map((share) =>
    Math.round(100 * share),
  )
  return `${value} (${low}–${high}) %`
}
