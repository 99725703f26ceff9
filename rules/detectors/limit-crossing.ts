import { dayMs } from '../../lib/time.ts'
import { dropOldest, type FlatPoints, insertByTime, median } from './bucketed-series.ts'
import type { Limit } from './limit.ts'

/** Newest readings of a metric, and whether they agree that its limit is crossed; changed in place. */
export interface LimitCrossing {
  /** Bounded in number. */
  readings: FlatPoints
  /**
   * Event time of the first of the consecutive newest readings that are beyond the limit or, while a crossing is confirmed, on
   * the good side of `clear`, ms; absent when the newest reading is neither.
   */
  runSince: number | undefined
  /** Event time of the first reading beyond the limit, ms; only while the crossing is confirmed. */
  crossedAt: number | undefined
}

export interface LimitCrossingOptions {
  limit: Limit
  /** Value from which on it is good again; the limit itself when absent. */
  clearValue: number | undefined
  /** Expected reporting interval of the kind, ms. */
  expectedIntervalMs: number
}

/** Path of the metric before its newest reading. */
export interface EarlierPath {
  /** Oldest first, each the median of some time. */
  points: readonly (readonly [ts: number, value: number])[]
  /** Rate of wear; 0 when it is unknown. */
  slopePerDay: number
}

export function createLimitCrossing(): LimitCrossing {
  return { readings: [], runSince: undefined, crossedAt: undefined }
}

const maxReadings = 6
const [readingsToConfirm, distantReadingsToConfirm] = [3, 2]
const minDistanceMs = 2 * dayMs
const minDistanceIntervals = 2
const maxMinSpanMs = dayMs
/** Standard errors by which the mean of the readings must lie beyond the limit. */
const minStandardErrors = 2
/** Standard deviation of a normal distribution, from the mean absolute difference of two values: √π / 2. */
const sdPerDifference = 0.8862

/**
 * Add a reading, in any order of time, in place; a repeated one, or one older than all that are kept, changes nothing.
 *
 * Three consecutive readings beyond the limit confirm that it is crossed, when they span an expected interval (at most a day),
 * so that a passing state is not sampled three times, and their mean is beyond the limit by more than their noise. Two suffice
 * when they are at least two days and two expected intervals apart, unless the metric was beyond the limit before and came
 * back. As many readings on the good side of `clear` end it.
 */
export function addToLimitCrossing(
  crossing: LimitCrossing,
  ts: number,
  value: number,
  options: LimitCrossingOptions,
  earlier: () => EarlierPath,
): void {
  const { readings } = crossing
  const oldest = readings[0]
  if (oldest !== undefined && ts < oldest && readings.length === 2 * maxReadings) return
  if (!insertByTime(readings, ts, value)) return
  dropOldest(readings, maxReadings)
  const { limit } = options
  const beyond = runOf(crossing, (one) => limit.margin(one) < 0)
  if (crossing.crossedAt === undefined) {
    crossing.runSince = beyond?.since
    if (beyond !== undefined && isConfirmedCrossing(readings, beyond, options, earlier))
      crossing.crossedAt = beyond.since
    return
  }
  const healthyMargin = healthyMarginOf(options)
  const healthy = runOf(crossing, (one) => limit.margin(one) >= healthyMargin)
  if (healthy !== undefined && (isEnough(healthy, options) || isDistant(healthy, options))) {
    crossing.runSince = undefined
    crossing.crossedAt = undefined
    return
  }
  crossing.runSince = (beyond ?? healthy)?.since
}

/** Return since when the newest readings have been beyond the limit, ms; undefined when the newest is not. */
export function beyondSince({ readings, runSince }: LimitCrossing, limit: Limit): number | undefined {
  const newest = readings.at(-1)
  return newest !== undefined && limit.margin(newest) < 0 ? runSince : undefined
}

/** Return the present level: the median of the newest readings that confirm a crossing. */
export function newestLevel(readings: FlatPoints): number {
  return median(valuesOf(readings).slice(-readingsToConfirm))
}

/** Return the margin from which on a value is good. */
export function healthyMarginOf({
  limit,
  clearValue,
}: Pick<LimitCrossingOptions, 'limit' | 'clearValue'>): number {
  return clearValue === undefined ? 0 : limit.margin(clearValue)
}

/**
 * Return whether the newest reading is worse than the path before it by more than noise and resolution, and by a good part
 * of what is left to the limit: by itself it may be wrong.
 */
export function isNewestOutOfLine(
  readings: FlatPoints,
  { points, slopePerDay }: EarlierPath,
  { margin, worseSign }: Pick<Limit, 'margin' | 'worseSign'>,
): boolean {
  const [newestAt, newest] = [readings.at(-2), readings.at(-1)]
  const before = readings.slice(0, -2)
  if (newestAt === undefined || newest === undefined || before.length < 2 * minReadingsBefore) return false
  const levelAt = median(timesOf(before).slice(-readingsToConfirm))
  const wear = (Math.max(0, worseSign * slopePerDay) * (newestAt - levelAt)) / dayMs
  const expected = margin(newestLevel(before)) - wear
  const path = points.map(([, value]) => value)
  const noise = Math.max(sdsOutOfLine * noiseSd(valuesOf(before)), stepsOutOfLine * resolutionOf(path))
  return expected - margin(newest) > Math.max(noise, shareOutOfLine * expected)
}

const minReadingsBefore = 2
const [sdsOutOfLine, stepsOutOfLine, shareOutOfLine] = [3, 2, 0.5]

/** Return the least difference of successive values that is not 0; 0 when all are equal. */
function resolutionOf(values: readonly number[]): number {
  const least = Math.min(...differences(values).filter((step) => step > 0))
  return Number.isFinite(least) ? least : 0
}

/** Consecutive newest readings on one side. */
interface Run {
  /** How many of those that are kept. */
  count: number
  /** Event time of the first, which may not be kept any more, ms. */
  since: number
  /** Time from the first to the newest, ms. */
  spanMs: number
}

function runOf(
  { readings, runSince }: Pick<LimitCrossing, 'readings' | 'runSince'>,
  belongs: (value: number) => boolean,
): Run | undefined {
  const end = readings.length
  let start = end
  while (start > 0 && belongs(readings[start - 1] ?? Number.NaN)) start -= 2
  const first = readings[start]
  if (first === undefined) return undefined
  const since = start === 0 && runSince !== undefined ? Math.min(runSince, first) : first
  return { count: (end - start) >> 1, since, spanMs: (readings[end - 2] ?? first) - since }
}

function isConfirmedCrossing(
  readings: FlatPoints,
  run: Run,
  options: LimitCrossingOptions,
  earlier: () => EarlierPath,
): boolean {
  const { limit } = options
  const { count } = run
  const enough = isEnough(run, options)
  if (!enough && !isDistant(run, options)) return false
  const values = valuesOf(readings)
  const cameBack = values.slice(0, -count).some((value) => limit.margin(value) < 0)
  if (!enough && cameBack) return false
  const meanExcess = values.slice(-count).reduce((sum, value) => sum - limit.margin(value), 0) / count
  // Noise that changes from reading to reading averages out, the error of a gauge that lasts for days does not.
  const path = earlier().points.flatMap(([ts, value]) => (ts < run.since ? [value] : []))
  const error = Math.hypot(noiseSd(values) / Math.sqrt(count), noiseSd(path))
  return meanExcess >= minStandardErrors * error
}

function isEnough({ count, spanMs }: Run, { expectedIntervalMs }: LimitCrossingOptions): boolean {
  return count >= readingsToConfirm && spanMs >= Math.min(maxMinSpanMs, expectedIntervalMs)
}

function isDistant({ count, spanMs }: Run, { expectedIntervalMs }: LimitCrossingOptions): boolean {
  const minMs = Math.max(minDistanceMs, minDistanceIntervals * expectedIntervalMs)
  return count >= distantReadingsToConfirm && spanMs >= minMs
}

/**
 * Return the standard deviation of single values, from the lower median of their successive differences: one step of the
 * metric, and steady wear between readings, hardly change it.
 */
function noiseSd(values: readonly number[]): number {
  const sorted = differences(values).sort((a, b) => a - b)
  return sdPerDifference * (sorted[(sorted.length - 1) >> 1] ?? 0)
}

function differences(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)))
}

function valuesOf(points: FlatPoints): number[] {
  return points.filter((_, index) => index % 2 === 1)
}

function timesOf(points: FlatPoints): number[] {
  return points.filter((_, index) => index % 2 === 0)
}
