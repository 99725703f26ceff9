import { median } from '../../rules/detectors/bucketed-series.ts'
import { groupBy } from './group-by.ts'
import { isDateAnswer, predictionErrorMs, type ScoredForecast, trueRulMs } from './scored-forecast.ts'

/** How good the forecasts were; times in ms. A figure that nothing is known for is null. */
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
 * The figures of Saxena, Celaya, Saha, Saha and Goebel, "Metrics for Offline Evaluation of Prognostic Performance",
 * International Journal of Prognostics and Health Management, 2010; docs/score.md says how each is taken here.
 */
export function computePrognosticMetrics(judged: readonly ScoredForecast[]): PrognosticMetrics {
  const made = judged.filter(isDateAnswer)
  const errors = made.map(predictionErrorMs)
  const sizes = errors.map(Math.abs)
  // A life of which nothing was said is one where nothing was right, unless nothing was said at all.
  const lives = made.length > 0 ? [...groupBy(judged, ({ lifetimeId: life }) => life).values()] : []
  const within = (share: number) => shareOf(made, (each) => isWithin(each, share))
  const withInterval = made.filter(({ answer }) => answer.p10 !== undefined && answer.p90 !== undefined)
  return {
    forecasts: made.length,
    withheld: judged.length - made.length,
    medianAbsError: sizes.length > 0 ? median(sizes) : null,
    meanAbsError: mean(sizes),
    meanAbsErrorShareOfLife: mean(made.map((each) => Math.abs(predictionErrorMs(each)) / each.lifetimeMs)),
    within10: within(0.1),
    within20: within(0.2),
    within30: within(0.3),
    alphaLambda: shareOf(lives, (life) => isWithin(forecastAtLambda(life), alphaOfRemaining)),
    relativeAccuracy: mean(lives.map(forecastAtLambda).flatMap(relativeAccuracyOf)),
    prognosticHorizon: lives.length > 0 ? median(lives.map(prognosticHorizonOf)) : null,
    coverage80: shareOf(withInterval, isWithinInterval),
    bias: mean(errors),
  }
}

/** Whether the date is off by no more than a share of what was truly left; a withheld one is not. */
function isWithin(judged: ScoredForecast | undefined, share: number): boolean {
  if (judged === undefined || !isDateAnswer(judged)) return false
  return Math.abs(predictionErrorMs(judged)) <= share * trueRulMs(judged)
}

/** The forecast nearest to the middle between the first one and the event. */
function forecastAtLambda(life: readonly ScoredForecast[]): ScoredForecast | undefined {
  const [first] = life
  if (first === undefined) return undefined
  const half = first.forecastAt + lambda * trueRulMs(first)
  return life.reduce((best, each) =>
    Math.abs(each.forecastAt - half) < Math.abs(best.forecastAt - half) ? each : best,
  )
}

function relativeAccuracyOf(judged: ScoredForecast | undefined): number[] {
  if (judged === undefined || !isDateAnswer(judged)) return []
  return [1 - Math.abs(predictionErrorMs(judged)) / trueRulMs(judged)]
}

/** How long before the event the date was first right to within a tenth of the life. */
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
