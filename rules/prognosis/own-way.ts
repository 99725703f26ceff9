import { dayMs } from '../../lib/time.ts'
import type { Point } from '../detectors/history.ts'
import type { Limit } from '../detectors/limit.ts'
import { lastRecovery, neverRising } from './course.ts'
import { quantile } from './normal.ts'
import { slopeAt, type Trend, trendOf } from './trend.ts'

/** What a part's own course says of the way that is left. */
export interface OwnWay {
  /** Where it stands, as a margin. */
  level: number
  /** Change of the margin. */
  slopePerDay: number
  /** Time to the limit from the last reading, ms; absent where the course does not lead there. */
  left?: Left
}

export interface Left {
  /** The time within which it is reached with a probability p, ms. */
  within(p: number): number
  sd: number
  /** Further away than the course is long: a guess. */
  isFar: boolean
}

/** By which share of it the time that is left is missed when it is as long as what was seen, and at least. */
const [missAtEqual, leastMiss] = [0.8, 0.2]
/** Of a normal distribution the mean distance times this is the standard deviation. */
const sdPerDistance = 1.2533
/** Values stay beside their course for a while, so that averaging does not take it out. */
const lasting = 1.5
/** So many times the likely time is the longest that is told. */
const longest = 10
/** So many times the length of what was seen is foreseen from it. */
const reach = 2

/**
 * Extrapolates the own course: what is left of the margin at the paces it had over shorter and longer pasts.
 * @param windowMs how much of the past is looked at; all of it when absent
 * @returns undefined while too little is known for a trend
 */
export function ownWayOf(points: readonly Point[], limit: Limit, windowMs?: number): OwnWay | undefined {
  const last = points.at(-1)?.[0] ?? 0
  const recent = windowMs === undefined ? points : points.filter(([ts]) => ts > last - windowMs)
  const margins = withoutRecovery(recent.map(([ts, value]): Point => [ts, limit.margin(value)]))
  const spanMs = last - (margins[0]?.[0] ?? last)
  const trend = trendOf(margins, windowMs ?? spanMs)
  if (trend === undefined) return undefined
  const left = leftOf(trend, { spanMs, noise: noiseOf(margins) })
  const slopePerDay = slopeAt(trend, 0.5) * dayMs
  return { level: trend.level, slopePerDay, ...(left === undefined ? {} : { left }) }
}

/** What was before a great recovery is moved to where it led: the pace of wear stays, the recovery goes. */
function withoutRecovery(points: readonly Point[]): readonly Point[] {
  const margins = points.map(([, margin]) => margin)
  const at = lastRecovery(margins)
  const rise = (margins[at] ?? 0) - (margins[at - 1] ?? 0)
  return at === 0 ? points : points.map(([ts, margin], index) => [ts, index < at ? margin + rise : margin])
}

/** How far values lie beside the course that never gets better: noise, and recoveries that did not last. */
function noiseOf(points: readonly Point[]): number {
  const margins = points.map(([, margin]) => margin)
  const course = neverRising(margins)
  const sum = margins.reduce((all, margin, index) => all + Math.abs(margin - (course[index] ?? margin)), 0)
  return (sdPerDistance * sum) / margins.length
}

function leftOf(trend: Trend, { spanMs, noise }: { spanMs: number; noise: number }): Left | undefined {
  const timeAt = (share: number): number => {
    if (trend.level <= 0) return 0
    const slope = slopeAt(trend, share)
    return slope < 0 ? -trend.level / slope : Number.POSITIVE_INFINITY
  }
  const likely = timeAt(0.5)
  if (likely === Number.POSITIVE_INFINITY) return undefined
  if (likely === 0) return { within: () => 0, sd: 0, isFar: false }
  // A value may be off; the pace may change; and it was never one: these add up.
  const miss = Math.hypot(
    Math.max(leastMiss, missAtEqual * Math.sqrt(likely / spanMs)),
    (lasting * noise) / trend.level,
  )
  const within = (p: number): number => {
    const other = Math.min(timeAt(p), longest * likely)
    if (p < 0.5) return likely / (1 + Math.hypot(likely / other - 1, miss * quantile(p)))
    return likely + Math.hypot(other - likely, likely * miss * quantile(p))
  }
  return { within, sd: (within(0.84) - within(0.16)) / 2, isFar: likely > reach * spanMs }
}
