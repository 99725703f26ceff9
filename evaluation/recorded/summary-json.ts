import { roundInterval } from './figures/bootstrap.ts'
import type { Comparison } from './figures/compare.ts'
import type { PrognosticMetrics } from './figures/metrics.ts'
import type { UnitBalancedFigures } from './figures/unit-balanced.ts'
import type { TimeUnit } from './prognosis-dataset.ts'
import type { DatasetSummary } from './summary.ts'

/** Metrics by their printed names: times end in their unit, `medianAbsErrorDays`. */
type NamedMetrics = Readonly<Record<string, number | null>>

/** Return the summary as the plain object that `--json` prints. */
export function summaryAsJson(summary: DatasetSummary, time: TimeUnit): object {
  const named = (figures: PrognosticMetrics) => nameMetrics(figures, time)
  const all = (some: ReadonlyMap<string, PrognosticMetrics>) =>
    Object.fromEntries([...some].map(([key, figures]) => [key, named(figures)]))
  const baselines = [...summary.baselines].map(([name, { metrics, byUnit, both }]) => [
    name,
    { ...named(metrics), byUnit: nameByUnit(byUnit, time), whereBothForecast: nameComparison(both, time) },
  ])
  const holdouts = summary.holdouts.map(({ name, title, metrics, byUnit, ownTrend, dwellSum }) => [
    name,
    {
      leftOut: title,
      ...named(metrics),
      byUnit: nameByUnit(byUnit, time),
      whereOwnTrendForecast: nameComparison(ownTrend, time),
      whereDwellSumForecast: nameComparison(dwellSum, time),
    },
  ])
  return {
    ...named(summary.metrics),
    byUnit: nameByUnit(summary.byUnit, time),
    withheldBecause: summary.withheldBecause,
    censored: summary.censored,
    ...(summary.invalidRecords === undefined ? {} : { invalidRecords: summary.invalidRecords }),
    holdouts: Object.fromEntries(holdouts),
    remainingTime: all(summary.remainingTime),
    baselines: Object.fromEntries(baselines),
    ...(summary.limits.size > 1 ? { limits: all(summary.limits) } : {}),
    units: all(summary.units),
  }
}

const timeMetrics: ReadonlySet<string> = new Set<keyof PrognosticMetrics>([
  'medianAbsError',
  'meanAbsError',
  'prognosticHorizon',
  'bias',
  'pinball10',
  'pinball50',
  'pinball90',
  'pinball',
  'intervalWidth',
])

function nameMetrics(figures: PrognosticMetrics, time: TimeUnit): NamedMetrics {
  const named = Object.entries(figures).map(([name, value]: [string, number | null]) =>
    timeMetrics.has(name) ? [name + time.name, inUnit(value, time)] : [name, rounded(value)],
  )
  return Object.fromEntries(named)
}

function nameByUnit(figures: UnitBalancedFigures | null, time: TimeUnit): object | null {
  if (figures === null) return null
  const { units, medianAbsError, coverage80 } = figures
  return {
    units,
    [`medianAbsError${time.name}`]: roundInterval({
      value: medianAbsError.value / time.ms,
      low: medianAbsError.low / time.ms,
      high: medianAbsError.high / time.ms,
    }),
    coverage80: coverage80 === null ? null : roundInterval(coverage80),
  }
}

function nameComparison(both: Comparison, time: TimeUnit): object {
  return {
    forecasts: both.forecasts,
    [`medianAbsError${time.name}`]: inUnit(both.theirs, time),
    [`oursMedianAbsError${time.name}`]: inUnit(both.ours, time),
    [`pinball${time.name}`]: inUnit(both.theirsPinball, time),
    [`oursPinball${time.name}`]: inUnit(both.oursPinball, time),
  }
}

function inUnit(value: number | null, { ms }: TimeUnit): number | null {
  return value === null ? null : rounded(value / ms)
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10_000) / 10_000
}
