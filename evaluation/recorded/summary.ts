import { type ForecastRun, scoredForecastsOf } from './forecast-run.ts'
import { groupBy } from './group-by.ts'
import { computePrognosticMetrics, type PrognosticMetrics } from './metrics.ts'
import type { TimeUnit } from './prognosis-dataset.ts'
import type { ScoredDataset } from './score.ts'
import { isDateAnswer, type ScoredForecast } from './scored-forecast.ts'
import {
  type CensoredSummary,
  type InvalidRecordsSummary,
  summarizeCensored,
  summarizeInvalidRecords,
} from './unscored-records.ts'

/** Metrics by their printed names: times end in their unit, `medianAbsErrorDays`. */
type NamedMetrics = Readonly<Record<string, number | null>>

export interface DatasetSummary {
  metrics: PrognosticMetrics
  /** Number of withheld forecasts by reason. */
  withheldBecause: Readonly<Record<string, number>>
  limits: ReadonlyMap<string, PrognosticMetrics>
  units: ReadonlyMap<string, PrognosticMetrics>
  censored: CensoredSummary
  invalidRecords: InvalidRecordsSummary | undefined
  baselines: ReadonlyMap<string, BaselineSummary>
}

export interface BaselineSummary {
  metrics: PrognosticMetrics
  /** Where both gave a date: the median absolute error of each, ms. */
  both: { forecasts: number; theirs: number | null; ours: number | null }
}

/** Compute the metrics of a dataset: in total, by limit and by unit, and for each baseline. */
export function summarizeDataset({ runs, invalidRuns }: ScoredDataset): DatasetSummary {
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
      baselines.map((name) => [name, compareWithBaseline(ours, scoredForecastsOf(runs, name))]),
    ),
  }
}

/** Return the summary as the plain object that `--json` prints. */
export function summaryAsJson(summary: DatasetSummary, time: TimeUnit): object {
  const named = (figures: PrognosticMetrics) => nameMetrics(figures, time)
  const all = (some: ReadonlyMap<string, PrognosticMetrics>) =>
    Object.fromEntries([...some].map(([key, figures]) => [key, named(figures)]))
  const baselines = [...summary.baselines].map(([name, { metrics, both }]) => {
    const where = {
      forecasts: both.forecasts,
      [`medianAbsError${time.name}`]: inUnit(both.theirs, time),
      [`oursMedianAbsError${time.name}`]: inUnit(both.ours, time),
    }
    return [name, { ...named(metrics), whereBothForecast: where }]
  })
  return {
    ...named(summary.metrics),
    withheldBecause: summary.withheldBecause,
    censored: summary.censored,
    ...(summary.invalidRecords === undefined ? {} : { invalidRecords: summary.invalidRecords }),
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
])

function nameMetrics(figures: PrognosticMetrics, time: TimeUnit): NamedMetrics {
  const named = Object.entries(figures).map(([name, value]: [string, number | null]) =>
    timeMetrics.has(name) ? [name + time.name, inUnit(value, time)] : [name, rounded(value)],
  )
  return Object.fromEntries(named)
}

function inUnit(value: number | null, { ms }: TimeUnit): number | null {
  return value === null ? null : rounded(value / ms)
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10_000) / 10_000
}

function methodsOf(runs: readonly ForecastRun[]): string[] {
  return Object.keys(runs.flatMap(({ forecasts }) => forecasts.slice(0, 1))[0]?.answers ?? {})
}

function countWithheldReasons(scored: readonly ScoredForecast[]): Record<string, number> {
  const reasons = groupBy(scored, ({ answer }) => (answer.is === 'withheld' ? answer.why : undefined))
  return Object.fromEntries([...reasons].map(([why, { length }]) => [why, length]))
}

function compareWithBaseline(
  ours: readonly ScoredForecast[],
  theirs: readonly ScoredForecast[],
): BaselineSummary {
  const pairs = ours.flatMap((our, index) => {
    const their = theirs[index]
    return their !== undefined && isDateAnswer(our) && isDateAnswer(their) ? [{ our, their }] : []
  })
  return {
    metrics: computePrognosticMetrics(theirs),
    both: {
      forecasts: pairs.length,
      ours: computePrognosticMetrics(pairs.map(({ our }) => our)).medianAbsError,
      theirs: computePrognosticMetrics(pairs.map(({ their }) => their)).medianAbsError,
    },
  }
}
