import { z } from 'zod'
import type { CrossingForecast, Evidence } from '../../contract/finding.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import { durationSchema } from '../files/duration.ts'
import type { ForecastRequest } from '../prognosis/degradation-path.ts'
import { crossingProbability } from '../prognosis/normal-distribution.ts'
import type { RulForecast } from '../prognosis/rul-forecast.ts'
import { median, type Point } from './bucketed-series.ts'
import type { Assessment } from './detector.ts'
import {
  addToLifetimeSeries,
  emptyLifetimeSeries,
  type LifetimeSeries,
  type LifetimeSeriesSize,
  lifetimePoints,
} from './lifetime-series.ts'
import type { Limit } from './limit.ts'
import {
  addToLimitCrossing,
  beyondSince,
  healthyMarginOf,
  initialLimitCrossing,
  isNewestOutOfLine,
  type LimitCrossing,
  type LimitCrossingOptions,
  newestLevel,
} from './limit-crossing.ts'

/** Settings of every detector that forecasts. */
export const forecastConfigKeys = {
  window: durationSchema
    .default(180 * dayMs)
    .describe('Length of the past from which the own rate of wear is estimated.'),
  // Below 0.5 there would be no date to forecast.
  confidence: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.8)
    .describe('Probability that the limit is crossed within `within` from which on it is bad.'),
}

export interface ForecastOptions extends LimitCrossingOptions {
  /** Forecast horizon, ms; 0 where only a crossed limit counts. */
  horizonMs: number
  windowMs: number
  confidence: number
  /** Predictor of the date. */
  predictor(own: Lifetime, peers: readonly Lifetime[], question: ForecastRequest): RulForecast
}

/** Lifetime of the part, and the other lifetimes for the fleet forecast. */
export interface ForecastInput {
  part: Omit<Lifetime, 'points'>
  fleetLifetimes: readonly Lifetime[]
}

/** Evaluator state: the series with the last conclusion from it, and the newest readings. */
export interface ForecastState {
  series: LifetimeSeries
  /** Last assessment of the forecast. */
  assessment: Assessment
  /** Absent in states from before crossings were confirmed by single readings. */
  limitCrossing?: LimitCrossing
  /** The newest reading alone would have made the assessment bad: forecast again with the next one. */
  isTentative?: true
  level?: number
  slopePerDay?: number
  crossing?: CrossingForecast
}

const recentPoints = 48
const olderPoints = 11
const readingsToConfirmCrossing = 3

export const initialForecastState: ForecastState = {
  series: emptyLifetimeSeries,
  assessment: { is: 'unknown' },
}

/** Sample of the metric. */
interface ForecastSample {
  point: Point
  /** Event time of an earlier value that this one confirmed after it was held back, ms. */
  confirmedStepAt?: number | undefined
}

/**
 * Add a sample. The date is forecast once in each 48th of the window and kept until the next, unless a crossing is over; the
 * newest readings tell whether the limit is already crossed.
 */
export function updateForecastState(
  before: ForecastState,
  { point, confirmedStepAt }: ForecastSample,
  options: ForecastOptions & { fleetContext: ForecastInput },
): ForecastState {
  const { limitCrossing: known = initialLimitCrossing, isTentative, ...forecast } = before
  const earlier = () => ({ points: lifetimePoints(before.series), slopePerDay: before.slopePerDay ?? 0 })
  const crossingOptions = { ...options, earlier }
  const atStep =
    confirmedStepAt === undefined
      ? known
      : addToLimitCrossing(known, [confirmedStepAt, point[1]], crossingOptions)
  const limitCrossing = addToLimitCrossing(atStep, point, crossingOptions)
  const size: LifetimeSeriesSize = {
    bucketMs: options.windowMs / recentPoints,
    maxPoints: recentPoints,
    maxOlderPoints: olderPoints,
  }
  const series = addToLifetimeSeries(before.series, point, size)
  const isSameSpan = series.recent.points === before.series.recent.points
  const isOver = known.crossedAt !== undefined && limitCrossing.crossedAt === undefined
  const isDue = !isSameSpan || before.series.recent.openBucket.length === 0 || isTentative || isOver
  if (!isDue) return { ...forecast, series, limitCrossing }
  const conclusion = forecastAndAssess(lifetimePoints(series), options)
  const isNewlyBad = conclusion.assessment.is === 'bad' && before.assessment.is !== 'bad'
  if (isNewlyBad && isNewestOutOfLine(limitCrossing.readings, earlier(), options.limit)) {
    return { ...forecast, series, limitCrossing, isTentative: true }
  }
  return { series, limitCrossing, ...conclusion }
}

/**
 * Return the assessment: bad while a confirmed crossing goes on, otherwise that of the forecast. Until the crossing is over it
 * is not good.
 */
export function assessForecastState(
  { assessment, limitCrossing = initialLimitCrossing }: ForecastState,
  limit: Limit,
): Assessment {
  const { crossedAt } = limitCrossing
  if (crossedAt === undefined) return assessment
  const since = beyondSince(limitCrossing, limit)
  if (since !== undefined) return { is: 'bad', crossesAt: crossedAt, since }
  return assessment.is === 'bad' ? assessment : { is: 'between' }
}

type ForecastResult = Omit<ForecastState, 'series' | 'limitCrossing' | 'isTentative'>

function forecastAndAssess(
  points: readonly Point[],
  options: ForecastOptions & { fleetContext: ForecastInput },
): ForecastResult {
  const { limit, windowMs, fleetContext } = options
  const now = points.at(-1)?.[0] ?? 0
  const rulForecast = options.predictor({ ...fleetContext.part, points }, fleetContext.fleetLifetimes, {
    limit,
    now,
    windowMs,
  })
  const level = rulForecast.level
  if (level === undefined) return assessWithoutForecast(points, limit)
  const crossing = rulForecast.is === 'known' ? rulForecast.crossing : undefined
  return {
    assessment: assessForecast({ now, margin: limit.margin(level), crossing }, options),
    level,
    ...(rulForecast.slopePerDay === undefined ? {} : { slopePerDay: rulForecast.slopePerDay }),
    ...(crossing === undefined ? {} : { crossing }),
  }
}

/** Readings beyond the limit need no forecast. */
function assessWithoutForecast(points: readonly Point[], limit: Limit): ForecastResult {
  const last = points.slice(-readingsToConfirmCrossing)
  const level = median(last.map(([, value]) => value))
  const now = last.at(-1)?.[0]
  if (now === undefined || last.length < readingsToConfirmCrossing || limit.margin(level) >= 0) {
    return { assessment: { is: 'unknown' } }
  }
  return { assessment: { is: 'bad', crossesAt: now }, level, crossing: { p10: now, p50: now, p90: now } }
}

function assessForecast(
  { now, margin, crossing }: { now: number; margin: number; crossing: CrossingForecast | undefined },
  options: ForecastOptions,
): Assessment {
  const { horizonMs, confidence } = options
  const crossesAt = crossing === undefined ? {} : { crossesAt: crossing.p50 }
  if (margin < 0) return { is: 'bad', ...crossesAt }
  if (crossing !== undefined && crossingProbability(crossing, now + horizonMs) >= confidence) {
    return { is: 'bad', ...crossesAt }
  }
  const isFar = crossing === undefined || crossing.p50 > now + 2 * horizonMs
  return { is: isFar && margin >= healthyMarginOf(options) ? 'good' : 'between' }
}

/**
 * Return whether a forecast's finding says that it is too late: the date of the crossing (P50) has passed, the value is
 * beyond the limit in the direction in which it moves, or there is a limit and no date left to forecast.
 */
export function forecastIndicatesFailure(
  { value, limit, slopePerDay = 0, crossing }: Evidence,
  at: number,
): boolean {
  if (crossing === undefined) return limit !== undefined
  const beyond = value === undefined || limit === undefined ? 0 : value - limit
  return crossing.p50 <= at || beyond * slopePerDay > 0
}

/** Return the evidence of a forecast, or of a confirmed crossing; `scale` converts its values to the metric's unit. */
export function forecastEvidence(state: ForecastState, scale = 1) {
  const { series, slopePerDay } = state
  const points = lifetimePoints(series).map(([ts, value]): [number, number] => [ts, value * scale])
  const { level, crossing } = confirmedLevel(state) ?? state
  return {
    points,
    ...(level === undefined ? {} : { value: level * scale }),
    ...(slopePerDay === undefined ? {} : { slopePerDay: slopePerDay * scale }),
    ...(crossing === undefined ? {} : { crossing }),
  } satisfies Partial<Evidence>
}

function confirmedLevel({
  limitCrossing: { crossedAt: at, readings } = initialLimitCrossing,
}: ForecastState): Pick<ForecastState, 'level' | 'crossing'> | undefined {
  if (at === undefined) return undefined
  return { level: newestLevel(readings), crossing: { p10: at, p50: at, p90: at } }
}
