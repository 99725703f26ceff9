import { groupBy } from '../../lib/group-by.ts'
import { type Comparison, compareForecasts } from './figures/compare.ts'
import { computePrognosticMetrics, type PrognosticMetrics } from './figures/metrics.ts'
import { bandsOfDays, bandsOfLifetime, metricsByRemainingTime } from './figures/remaining-time.ts'
import type { ScoredForecast } from './figures/scored-forecast.ts'
import { computeUnitBalanced, type UnitBalancedFigures } from './figures/unit-balanced.ts'
import {
  type CensoredSummary,
  type InvalidRecordsSummary,
  summarizeCensored,
  summarizeInvalidRecords,
} from './figures/unscored-records.ts'
import { type ForecastRun, scoredForecastsOf } from './forecast-run.ts'
import { type HoldoutSummary, summarizeHoldouts } from './holdouts/holdout-summary.ts'
import type { ScoredDataset } from './score-dataset.ts'

export interface DatasetSummary {
  metrics: PrognosticMetrics
  /** Number of withheld forecasts by reason. */
  withheldBecause: Readonly<Record<string, number>>
  limits: ReadonlyMap<string, PrognosticMetrics>
  units: ReadonlyMap<string, PrognosticMetrics>
  censored: CensoredSummary
  invalidRecords: InvalidRecordsSummary | undefined
  baselines: ReadonlyMap<string, BaselineSummary>
  byUnit: UnitBalancedFigures | null
  holdouts: readonly HoldoutSummary[]
  /** By the true remaining time at the forecast, the longest first; at all times up to the end. */
  remainingTime: ReadonlyMap<string, PrognosticMetrics>
}

export interface BaselineSummary {
  metrics: PrognosticMetrics
  byUnit: UnitBalancedFigures | null
  /** Against ours. */
  both: Comparison
}

/** Compute the metrics of a dataset: in total, by limit and by unit, and for each baseline. */
export function summarizeDataset({
  dataset,
  runs,
  furtherRuns,
  holdouts,
  invalidRuns,
}: ScoredDataset): DatasetSummary {
  const ours = scoredForecastsOf(runs, 'forewarn')
  const by = (keyOf: (run: ForecastRun) => string) =>
    new Map(
      [...groupBy(runs, keyOf)]
        .map(([key, some]) => [key, scoredForecastsOf(some, 'forewarn')] as const)
        .filter(([, scored]) => scored.length > 0)
        .map(([key, scored]) => [key, computePrognosticMetrics(scored)]),
    )
  const baselines = methodsOf(runs).filter((name) => name !== 'forewarn')
  return {
    metrics: computePrognosticMetrics(ours),
    withheldBecause: countWithheldReasons(ours),
    limits: by(({ limit }) => String(limit.value)),
    units: by(({ recorded }) => recorded.unit),
    censored: summarizeCensored(runs),
    invalidRecords: invalidRuns.length > 0 ? summarizeInvalidRecords(invalidRuns) : undefined,
    baselines: new Map(
      baselines.map((name) => [name, summarizeBaseline(ours, scoredForecastsOf(runs, name))]),
    ),
    byUnit: computeUnitBalanced(ours),
    holdouts: summarizeHoldouts(holdouts, scoredForecastsOf(runs, 'ownTrend')),
    remainingTime: metricsByRemainingTime(
      [...ours, ...scoredForecastsOf(furtherRuns, 'forewarn')],
      dataset.isOnCalendar ? bandsOfDays : bandsOfLifetime,
    ),
  }
}

function methodsOf(runs: readonly ForecastRun[]): string[] {
  return Object.keys(runs.flatMap(({ forecasts }) => forecasts.slice(0, 1))[0]?.answers ?? {})
}

function countWithheldReasons(scored: readonly ScoredForecast[]): Record<string, number> {
  const reasons = groupBy(scored, ({ answer }) => (answer.is === 'withheld' ? answer.why : undefined))
  return Object.fromEntries([...reasons].map(([why, { length }]) => [why, length]))
}

function summarizeBaseline(
  ours: readonly ScoredForecast[],
  theirs: readonly ScoredForecast[],
): BaselineSummary {
  return {
    metrics: computePrognosticMetrics(theirs),
    byUnit: computeUnitBalanced(theirs),
    both: compareForecasts(ours, theirs),
  }
}
