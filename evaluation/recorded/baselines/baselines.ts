import type { Life } from '../../../contract/lifetime.ts'
import type { Point } from '../../../rules/detectors/history.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import type { Question } from '../../../rules/prognosis/course.ts'
import type { Answer } from '../judged.ts'
import { type Line, leastSquares, theilSen } from './line.ts'
import { comparable, dwellSum, meanLife, timeFromLevel } from './peers.ts'
import { rollingMedian, type Smooth } from './smooth.ts'

/** A way to tell the date of the crossing. */
export type Method = (own: Life, peers: readonly Life[], question: Question) => Answer

export interface BaselineOptions {
  /** Length of the recent window of `linearWindow`, ms. */
  windowMs: number
  /** What must be equal for lives to be compared, where there are such. */
  sameCohort: readonly string[]
  /** How many points are smoothed to one before levels are compared; default 1, not at all. */
  smoothOver?: number
  /** The step of levels that are told in whole steps. */
  step?: number
}

/** The simple methods that a forecast has to beat, each in its textbook form. */
export function baselinesOf(options: BaselineOptions): Record<string, Method> {
  const { windowMs, sameCohort, smoothOver = 1, step } = options
  const smooth = rollingMedian(smoothOver)
  const among =
    (method: Method): Method =>
    (own, peers, question) =>
      method(own, comparable(own, peers, sameCohort), question)
  return {
    linearWindow: alongLine(leastSquares, windowMs),
    linearAll: alongLine(leastSquares),
    theilSen: alongLine(theilSen),
    peersFromLevel: among(fromLevel(smooth)),
    meanLife: among(lessAge),
    lifeAndLevel: among(blended(smooth)),
    ...(step === undefined ? {} : { dwellSum: among(dwelling(step)) }),
  }
}

function alongLine(
  lineThrough: (points: readonly Point[], now: number) => Line | undefined,
  windowMs = Number.POSITIVE_INFINITY,
): Method {
  return ({ points }, _, { limit, now }) => {
    const margins = points
      .filter(([ts]) => ts > now - windowMs)
      .map(([ts, value]): Point => [ts, limit.margin(value)])
    const line = lineThrough(margins, now)
    if (line === undefined) return { is: 'withheld', why: 'too_few_readings' }
    if (line.level <= 0) return date(now)
    return line.slope < 0 ? date(now - line.level / line.slope) : { is: 'withheld', why: 'no_wear' }
  }
}

const fromLevel =
  (smooth: Smooth): Method =>
  (own, peers, { limit, now }) => {
    const margin = marginNow(smooth(own.points), limit)
    const left = timeFromLevel(peers, limit, { margin, smooth })
    return left === undefined ? noPeers : date(now + left)
  }

const lessAge: Method = (own, peers, { limit, now }) => {
  const life = meanLife(peers, limit)
  if (life === undefined) return noPeers
  return own.since === undefined ? { is: 'withheld', why: 'no_age' } : date(Math.max(now, own.since + life))
}

/** The age tells more of a new part, the level more of a worn one: blended by how much of the margin is used. */
const blended =
  (smooth: Smooth): Method =>
  (own, peers, question) => {
    const [byAge, byLevel] = [lessAge(own, peers, question), fromLevel(smooth)(own, peers, question)]
    if (byAge.is === 'withheld') return byAge
    if (byLevel.is === 'withheld') return byLevel
    const fresh = question.limit.margin(own.points[0]?.[1] ?? Number.NaN)
    const left = marginNow(smooth(own.points), question.limit)
    const used = Math.min(1, Math.max(0, 1 - left / fresh))
    return date(byAge.p50 + used * (byLevel.p50 - byAge.p50))
  }

/** The mean time of others at each step to come, less half of the time already spent at this one. */
const dwelling =
  (step: number): Method =>
  (own, peers, { limit, now }) => {
    const margin = marginNow(own.points, limit)
    const sum = dwellSum(peers, limit, { margin, step })
    if (sum === undefined) return noPeers
    const reached = own.points.findLast(([, value]) => limit.margin(value) > margin)?.[0] ?? own.since ?? now
    const entered = own.points.find(([ts]) => ts > reached)?.[0] ?? now
    return date(Math.max(now, now + sum - (now - entered) / 2))
  }

const noPeers: Answer = { is: 'withheld', why: 'no_peers' }

const date = (p50: number): Answer => ({ is: 'date', p50 })

const marginNow = (points: readonly Point[], limit: Limit): number =>
  limit.margin(points.at(-1)?.[1] ?? Number.NaN)
