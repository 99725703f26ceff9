import { groupBy } from '../../../lib/group-by.ts'
import { median } from '../../../rules/detectors/bucketed-series.ts'
import { type BootstrapInterval, bootstrapInterval } from './bootstrap.ts'
import { hasInterval, isDateAnswer, predictionErrorMs, type ScoredForecast } from './scored-forecast.ts'

/** Figures in which each unit counts once, with their intervals at 95 %. */
export interface UnitBalancedFigures {
  /** Units with a dated forecast. */
  units: number
  /** Mean over the units of the median absolute error of each, ms. */
  medianAbsError: BootstrapInterval
  /** Mean over the units of the share of truths within P10 to P90; null where the method has no intervals. */
  coverage80: BootstrapInterval | null
}

const repetitions = 2_000

/**
 * Return figures in which a unit with many forecasts counts as much as one with few; the intervals come from drawing units.
 * @returns null for fewer than two units, of which nothing tells how far others may be off
 */
export function computeUnitBalanced(scored: readonly ScoredForecast[]): UnitBalancedFigures | null {
  const units = [...groupBy(scored.filter(isDateAnswer), ({ unit }) => unit).values()]
  if (units.length < 2) return null
  const errors = units.map((forecasts) => median(forecasts.map((each) => Math.abs(predictionErrorMs(each)))))
  const coverages = units.flatMap((forecasts) => coverageOf(forecasts.filter(hasInterval)))
  return {
    units: units.length,
    medianAbsError: meanWithInterval(errors),
    coverage80: coverages.length < 2 ? null : meanWithInterval(coverages),
  }
}

function coverageOf(forecasts: readonly (ScoredForecast & { answer: { p10: number; p90: number } })[]) {
  const within = forecasts.filter(({ answer, event }) => answer.p10 <= event && event <= answer.p90)
  return forecasts.length === 0 ? [] : [within.length / forecasts.length]
}

function meanWithInterval(values: readonly number[]): BootstrapInterval {
  return bootstrapInterval(values.length, repetitions, (counts) => {
    const sum = values.reduce((total, value, index) => total + value * (counts[index] ?? 0), 0)
    return sum / values.length
  })
}
