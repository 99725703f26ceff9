import { computePrognosticMetrics } from './metrics.ts'
import { isDateAnswer, type ScoredForecast } from './scored-forecast.ts'

/** Two methods where both gave a date. */
export interface Comparison {
  forecasts: number
  /** Median absolute error, ms. */
  ours: number | null
  theirs: number | null
  /** Mean pinball loss, ms; null where a method has no intervals. */
  oursPinball: number | null
  theirsPinball: number | null
}

/** Compare two methods at those times at which both gave a date. @param theirs of the same times, in the same order */
export function compareForecasts(
  ours: readonly ScoredForecast[],
  theirs: readonly ScoredForecast[],
): Comparison {
  const pairs = ours.flatMap((our, index) => {
    const their = theirs[index]
    return their !== undefined && isDateAnswer(our) && isDateAnswer(their) ? [{ our, their }] : []
  })
  const own = computePrognosticMetrics(pairs.map(({ our }) => our))
  const other = computePrognosticMetrics(pairs.map(({ their }) => their))
  return {
    forecasts: pairs.length,
    ours: own.medianAbsError,
    theirs: other.medianAbsError,
    oursPinball: own.pinball,
    theirsPinball: other.pinball,
  }
}

/** Return whether a figure of ours, of which less is better, is worse than theirs. */
export const isLost = (ours: number | null, theirs: number | null): boolean =>
  ours !== null && theirs !== null && ours > theirs
