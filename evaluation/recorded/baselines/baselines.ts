import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import type { ForecastAnswer } from '../figures/scored-forecast.ts'
import { dwellSumMethod } from './dwell-sum.ts'
import type { ForecastMethod } from './forecast-method.ts'
import { type Line, leastSquares, theilSen } from './line.ts'
import { comparablePeers, meanLifetime, timeFromLevel } from './peers.ts'
import { similarityMethod } from './similarity.ts'
import { rollingMedian, type Smoother } from './smooth.ts'
import { survivalMethod } from './survival.ts'

export interface BaselineOptions {
  /** Length of the recent window of `linearWindow`, ms. */
  windowMs: number
  /** Cohort keys that must be equal for lifetimes to be compared, if any lifetime has them equal. */
  sameCohort: readonly string[]
  /** Length of the rolling median before levels are compared, points; by default 1, which is none. */
  smoothOver?: number
  /** Step of a quantised level. */
  step?: number
}

/** Create the simple methods that a forecast has to beat, each in its textbook form. */
export function createBaselines(
  options: BaselineOptions,
): Record<string, ForecastMethod> & { dwellSum: ForecastMethod } {
  const { windowMs, sameCohort, smoothOver = 1, step } = options
  const smooth = rollingMedian(smoothOver)
  const among =
    (method: ForecastMethod): ForecastMethod =>
    (own, peers, question) =>
      method(own, comparablePeers(own, peers, sameCohort), question)
  return {
    linearWindow: extrapolateLine(leastSquares, windowMs),
    linearAll: extrapolateLine(leastSquares),
    theilSen: extrapolateLine(theilSen),
    peersFromLevel: among(peersFromLevelMethod(smooth)),
    meanLife: among(meanLifetimeMethod),
    lifeAndLevel: among(blendedMethod(smooth)),
    dwellSum: among(dwellSumMethod(smooth, step)),
    kaplanMeier: among(survivalMethod),
    similarity: among(similarityMethod(smooth, windowMs)),
  }
}

function extrapolateLine(
  lineThrough: (points: readonly Point[], now: number) => Line | undefined,
  windowMs = Number.POSITIVE_INFINITY,
): ForecastMethod {
  return ({ points }, _, { limit, now }) => {
    const margins = points
      .filter(([ts]) => ts > now - windowMs)
      .map(([ts, value]): Point => [ts, limit.margin(value)])
    const line = lineThrough(margins, now)
    if (line === undefined) return { is: 'withheld', why: 'too_few_readings' }
    if (line.level <= 0) return dateAnswer(now)
    return line.slope < 0 ? dateAnswer(now - line.level / line.slope) : { is: 'withheld', why: 'no_wear' }
  }
}

const peersFromLevelMethod =
  (smooth: Smoother): ForecastMethod =>
  (own, peers, { limit, now }) => {
    const margin = marginNow(smooth(own.points), limit)
    const left = timeFromLevel(peers, limit, { margin, smooth })
    return left === undefined ? noPeers : dateAnswer(now + left)
  }

const meanLifetimeMethod: ForecastMethod = (own, peers, { limit, now }) => {
  const life = meanLifetime(peers, limit)
  if (life === undefined) return noPeers
  return own.startedAt === undefined
    ? { is: 'withheld', why: 'no_age' }
    : dateAnswer(Math.max(now, own.startedAt + life))
}

/** Blend age and level by the used share of the margin: age predicts better for a new part, level for a worn one. */
const blendedMethod =
  (smooth: Smoother): ForecastMethod =>
  (own, peers, question) => {
    const [byAge, byLevel] = [
      meanLifetimeMethod(own, peers, question),
      peersFromLevelMethod(smooth)(own, peers, question),
    ]
    if (byAge.is === 'withheld') return byAge
    if (byLevel.is === 'withheld') return byLevel
    const fresh = question.limit.margin(own.points[0]?.[1] ?? Number.NaN)
    const left = marginNow(smooth(own.points), question.limit)
    const used = Math.min(1, Math.max(0, 1 - left / fresh))
    return dateAnswer(byAge.p50 + used * (byLevel.p50 - byAge.p50))
  }

const noPeers: ForecastAnswer = { is: 'withheld', why: 'no_peers' }

const dateAnswer = (p50: number): ForecastAnswer => ({ is: 'date', p50 })

const marginNow = (points: readonly Point[], limit: Limit): number =>
  limit.margin(points.at(-1)?.[1] ?? Number.NaN)
