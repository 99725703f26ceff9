import { median } from '../../rules/detectors/bucketed-series.ts'
import type { ForecastRun } from './forecast-run.ts'

/** What was said of lives that did not end while they were watched. */
export interface CensoredSummary {
  units: number
  forecasts: number
  withheld: number
  /** Forecasts whose P90 lies before the last reading, at which the limit was still not crossed. */
  contradicted: number
  /** Forecasts that took the part for dead already. */
  predictedFailed: number
}

export function summarizeCensored(runs: readonly ForecastRun[]): CensoredSummary {
  const open = runs.filter(({ recorded }) => recorded.event === undefined)
  const sums: CensoredSummary = {
    units: open.length,
    forecasts: 0,
    withheld: 0,
    contradicted: 0,
    predictedFailed: 0,
  }
  for (const { recorded, forecasts: asked } of open) {
    const last = recorded.lifetime.points.at(-1)?.[0] ?? 0
    for (const { at, answers } of asked) {
      const said = answers.forewarn
      if (said?.is !== 'date') {
        sums.withheld += 1
        continue
      }
      sums.forecasts += 1
      if ((said.p90 ?? said.p50) < last) sums.contradicted += 1
      if (said.p50 <= at) sums.predictedFailed += 1
    }
  }
  return sums
}

/** What was said of records that are no lives: nothing is right but silence, or what the readings bear out. */
export interface InvalidRecordsSummary {
  units: number
  forecasts: number
  withheld: number
  /** Forecasts that took a part for dead whose further readings were good ones, by their median. */
  falselyFailed: number
  unitsFalselyFailed: number
}

const minLaterReadings = 3

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
    const dead = dated.filter(({ at, answers }) => {
      const said = answers.forewarn
      return said?.is === 'date' && said.p50 <= at && isGoodAfter(run, at)
    })
    sums.forecasts += dated.length
    sums.withheld += run.forecasts.length - dated.length
    sums.falselyFailed += dead.length
    if (dead.length > 0) sums.unitsFalselyFailed += 1
  }
  return sums
}

function isGoodAfter({ recorded, limit }: ForecastRun, at: number): boolean {
  const later = recorded.lifetime.points.filter(([ts]) => ts > at).map(([, value]) => limit.margin(value))
  return later.length >= minLaterReadings && median(later) >= 0
}
