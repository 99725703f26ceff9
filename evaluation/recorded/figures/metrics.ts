import { groupBy } from '../../../lib/group-by.ts'
import { median } from '../../../rules/detectors/bucketed-series.ts'
import {
  hasInterval,
  isDateAnswer,
  predictionErrorMs,
  type ScoredForecast,
  trueRulMs,
} from './scored-forecast.ts'

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
  /** Pinball loss at P10, P50 and P90, and its mean over the three, of forecasts with an interval. */
  pinball10: number | null
  pinball50: number | null
  pinball90: number | null
  pinball: number | null
  /** Mean time from P10 to P90. */
  intervalWidth: number | null
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
  const withInterval = made.filter(hasInterval)
  const pinballs = quantiles.map(([name, share]) =>
    mean(withInterval.map(({ answer, event }) => pinballLoss(answer[name], event, share))),
  )
  const [pinball10 = null, pinball50 = null, pinball90 = null] = pinballs
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
    coverage80: shareOf(withInterval, ({ answer, event }) => answer.p10 <= event && event <= answer.p90),
    pinball10,
    pinball50,
    pinball90,
    pinball: mean(pinballs.filter((loss) => loss !== null)),
    intervalWidth: mean(withInterval.map(({ answer }) => answer.p90 - answer.p10)),
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

const quantiles = [
  ['p10', 0.1],
  ['p50', 0.5],
  ['p90', 0.9],
] as const

/**
 * Return the loss of a quantile, which is least on average for the true one (R. Koenker and G. Bassett, Econometrica 46, 1978): an
 * event after it costs `share` of the distance, one before it the rest.
 */
function pinballLoss(quantile: number, event: number, share: number): number {
  return event >= quantile ? share * (event - quantile) : (1 - share) * (quantile - event)
}

function shareOf<T>(all: readonly T[], is: (each: T) => boolean): number | null {
  return all.length > 0 ? all.filter(is).length / all.length : null
}

function mean(values: readonly number[]): number | null {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}
