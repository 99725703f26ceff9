import { z } from 'zod'
import type { CrossingForecast, Evidence } from '../../contract/finding.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import { durationSchema } from '../files/duration.ts'
import type { ForecastRequest } from '../prognosis/degradation-path.ts'
import type { RulForecast } from '../prognosis/rul-forecast.ts'
import { crossingProbability } from '../prognosis/statistics/normal-distribution.ts'
import { median, type Point } from './bucketed-series.ts'
import type { Assessment } from './detector.ts'
import {
  addToLifetimeSeries,
  copyLifetimeSeries,
  createLifetimeSeries,
  type LifetimeSeries,
  lifetimePoints,
} from './lifetime-series.ts'
import type { Limit } from './limit.ts'
import {
  addToLimitCrossing,
  beyondSince,
  createLimitCrossing,
  type EarlierPath,
  healthyMarginOf,
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

/** Evaluator state, changed in place: the series with the last conclusion from it, and the newest readings. */
export interface ForecastState extends ForecastResult {
  series: LifetimeSeries
  limitCrossing: LimitCrossing
  /** The newest reading alone would have made the assessment bad: forecast again with the next one. */
  isTentative: boolean
}

const recentPoints = 48
const olderPoints = 11
const readingsToConfirmCrossing = 3

/** Return how old the readings may be that a conclusion is of, ms: it is kept for a bucket, and is of those before. */
export function conclusionAgeMs(windowMs: number): number {
  return (2 * windowMs) / recentPoints
}

export function createForecastState(): ForecastState {
  return {
    series: createLifetimeSeries(),
    limitCrossing: createLimitCrossing(),
    isTentative: false,
    assessment: { is: 'unknown' },
    level: undefined,
    slopePerDay: undefined,
    crossing: undefined,
  }
}

/** Sample of the metric. */
interface ForecastSample {
  ts: number
  value: number
  /** Event time of an earlier value that this one confirmed after it was held back, ms. */
  confirmedStepAt: number | undefined
}

/**
 * Add a sample, in place. The date is forecast once in each 48th of the window and kept until the next, unless a crossing is
 * over; the newest readings tell whether the limit is already crossed.
 * @param context asked only where a date is forecast
 */
export function updateForecastState(
  state: ForecastState,
  { ts, value, confirmedStepAt }: ForecastSample,
  options: ForecastOptions,
  context: () => ForecastInput,
): void {
  const { series, limitCrossing, isTentative } = state
  const wasCrossed = limitCrossing.crossedAt !== undefined
  if (confirmedStepAt !== undefined)
    addToLimitCrossing(limitCrossing, confirmedStepAt, value, options, () => pathOf(state))
  addToLimitCrossing(limitCrossing, ts, value, options, () => pathOf(state))
  const bucketMs = options.windowMs / recentPoints
  const isFirst = series.recent.openBucket.length === 0
  const isOver = wasCrossed && limitCrossing.crossedAt === undefined
  const closesBucket =
    !isFirst && Math.floor(ts / bucketMs) !== Math.floor((series.recent.openBucket[0] ?? 0) / bucketMs)
  const mayBeDue = isFirst || isTentative || isOver || closesBucket
  const earlier = mayBeDue ? copyLifetimeSeries(series) : undefined
  const change = addToLifetimeSeries(series, ts, value, {
    bucketMs,
    maxPoints: recentPoints,
    maxOlderPoints: olderPoints,
  })
  const isDue = isFirst || isTentative || isOver || change === 'closed buckets'
  if (!isDue || earlier === undefined) return
  const conclusion = forecastAndAssess(lifetimePoints(series), options, context())
  const isNewlyBad = conclusion.assessment.is === 'bad' && state.assessment.is !== 'bad'
  state.isTentative =
    isNewlyBad &&
    isNewestOutOfLine(
      limitCrossing.readings,
      pathOf({ series: earlier, slopePerDay: state.slopePerDay }),
      options.limit,
    )
  if (!state.isTentative) Object.assign(state, conclusion)
}

function pathOf({ series, slopePerDay = 0 }: Pick<ForecastState, 'series' | 'slopePerDay'>): EarlierPath {
  return { points: lifetimePoints(series), slopePerDay }
}

/**
 * Return the assessment: bad while a confirmed crossing goes on, otherwise that of the forecast. Until the crossing is over it
 * is not good.
 */
export function assessForecastState({ assessment, limitCrossing }: ForecastState, limit: Limit): Assessment {
  const { crossedAt } = limitCrossing
  if (crossedAt === undefined) return assessment
  const since = beyondSince(limitCrossing, limit)
  if (since !== undefined) return { is: 'bad', crossesAt: crossedAt, since }
  return assessment.is === 'bad' ? assessment : { is: 'between' }
}

/** Conclusion from the series. */
interface ForecastResult {
  /** Last assessment of the forecast. */
  assessment: Assessment
  level: number | undefined
  slopePerDay: number | undefined
  crossing: CrossingForecast | undefined
}

function forecastAndAssess(
  points: readonly Point[],
  options: ForecastOptions,
  { part, fleetLifetimes }: ForecastInput,
): ForecastResult {
  const { limit, windowMs } = options
  const now = points.at(-1)?.[0] ?? 0
  const rulForecast = options.predictor({ ...part, points }, fleetLifetimes, { limit, now, windowMs })
  const level = rulForecast.level
  if (level === undefined) return assessWithoutForecast(points, limit)
  const crossing = rulForecast.is === 'known' ? rulForecast.crossing : undefined
  return {
    assessment: assessForecast({ now, margin: limit.margin(level), crossing }, options),
    level,
    slopePerDay: rulForecast.slopePerDay,
    crossing,
  }
}

/** Readings beyond the limit need no forecast. */
function assessWithoutForecast(points: readonly Point[], limit: Limit): ForecastResult {
  const last = points.slice(-readingsToConfirmCrossing)
  const level = median(last.map(([, value]) => value))
  const now = last.at(-1)?.[0]
  if (now === undefined || last.length < readingsToConfirmCrossing || limit.margin(level) >= 0) {
    return { assessment: { is: 'unknown' }, level: undefined, slopePerDay: undefined, crossing: undefined }
  }
  const crossing = { p10: now, p50: now, p90: now }
  return { assessment: { is: 'bad', crossesAt: now }, level, slopePerDay: undefined, crossing }
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
  limitCrossing: { crossedAt: at, readings },
}: ForecastState): Pick<ForecastState, 'level' | 'crossing'> | undefined {
  if (at === undefined) return undefined
  return { level: newestLevel(readings), crossing: { p10: at, p50: at, p90: at } }
}
