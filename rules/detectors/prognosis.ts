import { z } from 'zod'
import { duration } from '../files/duration.ts'
import type { Crossing, Evidence } from '../finding.ts'
import type { Verdict } from './detector.ts'
import { addToHistory, emptyHistory, type History, median, type Point, pointsOf } from './history.ts'
import type { Limit } from './limit.ts'
import { chanceBelow, slopeAt, type Trend, trendOf } from '../prognosis/trend.ts'

/** Keys of every detector that looks ahead. */
export const prognosisKeys = {
  /** How much of the past is looked at. */
  window: duration.default(180 * 86_400_000),
  /** How likely the crossing must be. Below one half there would be no date to tell. */
  confidence: z.number().min(0.5).max(1).default(0.8),
}

export interface PrognosisOptions {
  limit: Limit
  /** From where on it is good again; the limit itself when absent. */
  clear: number | undefined
  /** How far it looks ahead; 0 where only a limit that is crossed counts. */
  withinMs: number
  windowMs: number
  confidence: number
}

/** What is kept of a series, and what was concluded from it. */
export interface Prognosis {
  history: History
  verdict: Verdict
  level?: number
  slopePerDay?: number
  crossing?: Crossing
}

const pointsKept = 48
const dayMs = 86_400_000
/** "Not within any life of such a part": later dates are told as this one. */
const farMs = 20 * 365 * dayMs

export const noPrognosis: Prognosis = { history: emptyHistory, verdict: { is: 'unknown' } }

/** Takes in a sample. It is judged anew once in each 48th of the window; else the conclusion stands. */
export function prognose(before: Prognosis, sample: Point, options: PrognosisOptions): Prognosis {
  const size = { spanMs: options.windowMs / pointsKept, points: pointsKept }
  const history = addToHistory(before.history, sample, size)
  if (history.points === before.history.points && before.history.open.length > 0)
    return { ...before, history }
  const points = pointsOf(history)
  const now = points.at(-1)?.[0] ?? sample[0]
  return {
    history,
    ...conclude(
      points.filter(([ts]) => ts > now - options.windowMs),
      options,
    ),
  }
}

function conclude(points: readonly Point[], options: PrognosisOptions): Omit<Prognosis, 'history'> {
  const { limit } = options
  const margins = points.map(([ts, value]): Point => [ts, limit.margin(value)])
  const trend = trendOf(margins, options.windowMs)
  if (trend === undefined) return concludeFromFew(margins, limit)
  const crossing = crossingOf(trend)
  return {
    verdict: verdictOf(trend, crossing, options),
    level: limit.fromMargin(trend.level),
    slopePerDay: limit.worse * slopeAt(trend, 0.5) * -dayMs,
    ...(crossing === undefined ? {} : { crossing }),
  }
}

/** Three readings beyond the limit need no trend. */
function concludeFromFew(margins: readonly Point[], limit: Limit): Omit<Prognosis, 'history'> {
  const last = margins.slice(-3)
  const level = median(last.map(([, margin]) => margin))
  const now = last.at(-1)?.[0]
  if (now === undefined || last.length < 3 || level >= 0) return { verdict: { is: 'unknown' } }
  const crossing = { p10: now, p50: now, p90: now }
  return { verdict: { is: 'bad', crossesAt: now }, level: limit.fromMargin(level), crossing }
}

function verdictOf(trend: Trend, crossing: Crossing | undefined, options: PrognosisOptions): Verdict {
  const { limit, clear, withinMs, confidence } = options
  const crossed = trend.level < 0
  if (crossed || chanceBelow(trend, 0, withinMs) >= confidence) {
    return { is: 'bad', ...(crossing === undefined ? {} : { crossesAt: crossing.p50 }) }
  }
  const healthyMargin = clear === undefined ? 0 : limit.margin(clear)
  const isFar = crossing === undefined || crossing.p50 > trend.now + 2 * withinMs
  return { is: isFar && trend.level >= healthyMargin ? 'good' : 'between' }
}

/** When the margin is used up: soonest, likely, latest. Undefined when it likely never is. */
function crossingOf(trend: Trend): Crossing | undefined {
  const at = (share: number): number => {
    if (trend.level <= 0) return trend.now
    const slope = slopeAt(trend, share)
    return Math.round(slope < 0 ? trend.now + Math.min(farMs, -trend.level / slope) : trend.now + farMs)
  }
  const p50 = at(0.5)
  return p50 >= trend.now + farMs ? undefined : { p10: at(0.1), p50, p90: at(0.9) }
}

/** The part of the evidence that a prognosis gives; `scale` turns its values into the metric's unit. */
export function prognosisEvidence({ history, level, slopePerDay, crossing }: Prognosis, scale = 1) {
  const points = pointsOf(history).map(([ts, value]): [number, number] => [ts, value * scale])
  return {
    points,
    ...(level === undefined ? {} : { value: level * scale }),
    ...(slopePerDay === undefined ? {} : { slopePerDay: slopePerDay * scale }),
    ...(crossing === undefined ? {} : { crossing }),
  } satisfies Partial<Evidence>
}
