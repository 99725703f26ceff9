import { median } from '../../../rules/detectors/bucketed-series.ts'
import type { ForecastRun } from '../forecast-run.ts'

/** Forecasts on lifetimes without an event in the record (censored). */
export interface CensoredSummary {
  units: number
  forecasts: number
  withheld: number
  /** Forecasts whose P90 is before the last reading, at which the limit was not crossed. */
  contradicted: number
  /** Forecasts that called the part failed already. */
  predictedFailed: number
}

/** Summarize the product's forecasts on censored lifetimes. */
export function summarizeCensored(runs: readonly ForecastRun[]): CensoredSummary {
  const open = runs.filter(({ recorded }) => recorded.event === undefined)
  const sums: CensoredSummary = {
    units: open.length,
    forecasts: 0,
    withheld: 0,
    contradicted: 0,
    predictedFailed: 0,
  }
  for (const { recorded, forecasts } of open) {
    const last = recorded.lifetime.points.at(-1)?.[0] ?? 0
    for (const { at, answers } of forecasts) {
      const answer = answers.forewarn
      if (answer?.is !== 'date') {
        sums.withheld += 1
        continue
      }
      sums.forecasts += 1
      if ((answer.p90 ?? answer.p50) < last) sums.contradicted += 1
      if (answer.p50 <= at) sums.predictedFailed += 1
    }
  }
  return sums
}

/** Forecasts on invalid records, where each should be withheld or agree with the later readings. */
export interface InvalidRecordsSummary {
  units: number
  forecasts: number
  withheld: number
  /** Forecasts that called a part failed although the median of its later readings is within the limit. */
  falselyFailed: number
  unitsFalselyFailed: number
}

const minLaterReadings = 3

/** Summarize the product's forecasts on invalid records. */
export function summarizeInvalidRecords(runs: readonly ForecastRun[]): InvalidRecordsSummary {
  const sums: InvalidRecordsSummary = {
    units: runs.length,
    forecasts: 0,
    withheld: 0,
    falselyFailed: 0,
    unitsFalselyFailed: 0,
  }
  for (const run of runs) {
    const dated = run.forecasts.filter(({ answers }) => answers.forewarn?.is === 'date')
    const failed = dated.filter(({ at, answers }) => {
      const answer = answers.forewarn
      return answer?.is === 'date' && answer.p50 <= at && isGoodAfter(run, at)
    })
    sums.forecasts += dated.length
    sums.withheld += run.forecasts.length - dated.length
    sums.falselyFailed += failed.length
    if (failed.length > 0) sums.unitsFalselyFailed += 1
  }
  return sums
}

function isGoodAfter({ recorded, limit }: ForecastRun, at: number): boolean {
  const later = recorded.lifetime.points.filter(([ts]) => ts > at).map(([, value]) => limit.margin(value))
  return later.length >= minLaterReadings && median(later) >= 0
}
