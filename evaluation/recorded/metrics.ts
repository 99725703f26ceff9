import { median } from '../../rules/detectors/history.ts'
import { groupBy } from './group-by.ts'
import { errorOf, isDated, type Judged, remainingOf } from './judged.ts'

/** How good the forecasts were; times in ms. A figure that nothing is known for is null. */
export interface Figures {
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
export function figuresOf(judged: readonly Judged[]): Figures {
  const made = judged.filter(isDated)
  const errors = made.map(errorOf)
  const sizes = errors.map(Math.abs)
  // A life of which nothing was said is one where nothing was right, unless nothing was said at all.
  const lives = made.length > 0 ? [...groupBy(judged, ({ life }) => life).values()] : []
  const within = (share: number) => shareOf(made, (each) => isWithin(each, share))
  const withInterval = made.filter(({ answer }) => answer.p10 !== undefined && answer.p90 !== undefined)
  return {
    forecasts: made.length,
    withheld: judged.length - made.length,
    medianAbsError: sizes.length > 0 ? median(sizes) : null,
    meanAbsError: mean(sizes),
    meanAbsErrorShareOfLife: mean(made.map((each) => Math.abs(errorOf(each)) / each.lifetime)),
    within10: within(0.1),
    within20: within(0.2),
    within30: within(0.3),
    alphaLambda: shareOf(lives, (life) => isWithin(atHalf(life), alphaOfRemaining)),
    relativeAccuracy: mean(lives.map(atHalf).flatMap(accuracyOf)),
    prognosticHorizon: lives.length > 0 ? median(lives.map(horizonOf)) : null,
    coverage80: shareOf(withInterval, holdsTruth),
    bias: mean(errors),
  }
}

/** Whether the date is off by no more than a share of what was truly left; a withheld one is not. */
function isWithin(judged: Judged | undefined, share: number): boolean {
  if (judged === undefined || !isDated(judged)) return false
  return Math.abs(errorOf(judged)) <= share * remainingOf(judged)
}

/** The forecast nearest to the middle between the first one and the event. */
function atHalf(life: readonly Judged[]): Judged | undefined {
  const [first] = life
  if (first === undefined) return undefined
  const half = first.at + lambda * remainingOf(first)
  return life.reduce((best, each) => (Math.abs(each.at - half) < Math.abs(best.at - half) ? each : best))
}

function accuracyOf(judged: Judged | undefined): number[] {
  if (judged === undefined || !isDated(judged)) return []
  return [1 - Math.abs(errorOf(judged)) / remainingOf(judged)]
}

/** How long before the event the date was first right to within a tenth of the life. */
function horizonOf(life: readonly Judged[]): number {
  const first = life.find((each) => isDated(each) && Math.abs(errorOf(each)) <= alphaOfLife * each.lifetime)
  return first === undefined ? 0 : remainingOf(first)
}

function holdsTruth({ answer, event }: Judged): boolean {
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
