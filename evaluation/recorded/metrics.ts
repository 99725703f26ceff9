import { median } from '../../rules/detectors/bucketed-series.ts'
import { groupBy } from './group-by.ts'
import { isDateAnswer, predictionErrorMs, type ScoredForecast, trueRulMs } from './scored-forecast.ts'

/** Prognostic metrics; times in ms, shares 0 … 1; null without data. */
export interface PrognosticMetrics {
  forecasts: number
  withheld: number
  medianAbsError: number | null
  meanAbsError: number | null
  meanAbsErrorShareOfLife: number | null
  within10: number | null
  within20: number | null
  within30: number | null
  alphaLambda: number | null
  relativeAccuracy: number | null
  prognosticHorizon: number | null
  coverage80: number | null
  bias: number | null
}

const lambda = 0.5
const alphaOfRemaining = 0.2
const alphaOfLife = 0.1

/**
 * Compute the metrics of Saxena, Celaya, Saha, Saha and Goebel, "Metrics for Offline Evaluation of Prognostic Performance",
 * International Journal of Prognostics and Health Management, 2010; docs/score.md defines each as used here.
 */
export function computePrognosticMetrics(scored: readonly ScoredForecast[]): PrognosticMetrics {
  const made = scored.filter(isDateAnswer)
  const errors = made.map(predictionErrorMs)
  const sizes = errors.map(Math.abs)
  // A lifetime with all forecasts withheld counts as a miss, unless every forecast of the dataset is withheld.
  const lifetimes = made.length > 0 ? [...groupBy(scored, ({ lifetimeId }) => lifetimeId).values()] : []
  const within = (share: number) => shareOf(made, (each) => isWithin(each, share))
  const withInterval = made.filter(({ answer }) => answer.p10 !== undefined && answer.p90 !== undefined)
  return {
    forecasts: made.length,
    withheld: scored.length - made.length,
    medianAbsError: sizes.length > 0 ? median(sizes) : null,
    meanAbsError: mean(sizes),
    meanAbsErrorShareOfLife: mean(made.map((each) => Math.abs(predictionErrorMs(each)) / each.lifetimeMs)),
    within10: within(0.1),
    within20: within(0.2),
    within30: within(0.3),
    alphaLambda: shareOf(lifetimes, (each) => isWithin(forecastAtLambda(each), alphaOfRemaining)),
    relativeAccuracy: mean(lifetimes.map(forecastAtLambda).flatMap(relativeAccuracyOf)),
    prognosticHorizon: lifetimes.length > 0 ? median(lifetimes.map(prognosticHorizonOf)) : null,
    coverage80: shareOf(withInterval, isWithinInterval),
    bias: mean(errors),
  }
}

/** Return whether the error is at most a share of the true remaining life; false for a withheld forecast. */
function isWithin(scored: ScoredForecast | undefined, share: number): boolean {
  if (scored === undefined || !isDateAnswer(scored)) return false
  return Math.abs(predictionErrorMs(scored)) <= share * trueRulMs(scored)
}

/** Return the forecast nearest to half-way between the first forecast and the event. */
function forecastAtLambda(life: readonly ScoredForecast[]): ScoredForecast | undefined {
  const [first] = life
  if (first === undefined) return undefined
  const half = first.forecastAt + lambda * trueRulMs(first)
  return life.reduce((best, each) =>
    Math.abs(each.forecastAt - half) < Math.abs(best.forecastAt - half) ? each : best,
  )
}

function relativeAccuracyOf(scored: ScoredForecast | undefined): number[] {
  if (scored === undefined || !isDateAnswer(scored)) return []
  return [1 - Math.abs(predictionErrorMs(scored)) / trueRulMs(scored)]
}

/** Return how long before the event the error was first within a tenth of the life, ms. */
function prognosticHorizonOf(life: readonly ScoredForecast[]): number {
  const first = life.find(
    (each) => isDateAnswer(each) && Math.abs(predictionErrorMs(each)) <= alphaOfLife * each.lifetimeMs,
  )
  return first === undefined ? 0 : trueRulMs(first)
}

function isWithinInterval({ answer, event }: ScoredForecast): boolean {
  if (answer.is !== 'date') return false
  const { p10 = Number.POSITIVE_INFINITY, p90 = Number.NEGATIVE_INFINITY } = answer
  return p10 <= event && event <= p90
}

function shareOf<T>(all: readonly T[], is: (each: T) => boolean): number | null {
  return all.length > 0 ? all.filter(is).length / all.length : null
}

function mean(values: readonly number[]): number | null {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}
