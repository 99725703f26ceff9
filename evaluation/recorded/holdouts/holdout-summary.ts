import { type Comparison, compareForecasts } from '../figures/compare.ts'
import { computePrognosticMetrics, type PrognosticMetrics } from '../figures/metrics.ts'
import type { ScoredForecast } from '../figures/scored-forecast.ts'
import { computeUnitBalanced, type UnitBalancedFigures } from '../figures/unit-balanced.ts'
import { scoredForecastsOf } from '../forecast-run.ts'
import type { HoldoutRuns } from './holdout-runs.ts'

/** The figures of the product's forecast under one hold-out. */
export interface HoldoutSummary {
  name: string
  title: string
  metrics: PrognosticMetrics
  byUnit: UnitBalancedFigures | null
  /** Against the forecast from the own path alone, which is the same under each hold-out. */
  ownTrend: Comparison
  /** Against the sum of the others' dwell times under the same hold-out. */
  dwellSum: Comparison
}

/** @param ownTrend forecasts from the own path alone, of all lifetimes in the order of the runs */
export function summarizeHoldouts(
  holdouts: readonly HoldoutRuns[],
  ownTrend: readonly ScoredForecast[],
): HoldoutSummary[] {
  return holdouts.map(({ name, title, runs }) => {
    const scored = scoredForecastsOf(runs, 'forewarn')
    return {
      name,
      title,
      metrics: computePrognosticMetrics(scored),
      byUnit: computeUnitBalanced(scored),
      ownTrend: compareForecasts(scored, ownTrend),
      dwellSum: compareForecasts(scored, scoredForecastsOf(runs, 'dwellSum')),
    }
  })
}
