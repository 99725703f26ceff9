import { dayMs } from '../../lib/time.ts'
import { insertByTime, median, type Point } from './bucketed-series.ts'
import type { Limit } from './limit.ts'

/** Newest readings of a metric, and whether they agree that its limit is crossed. */
export interface LimitCrossing {
  /** Oldest first, bounded in number. */
  readings: readonly Point[]
  /** Event time of the first reading beyond the limit, ms; only while the crossing is confirmed. */
  crossedAt?: number
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
  points: readonly Point[]
  /** Rate of wear; 0 when it is unknown. */
  slopePerDay: number
}

export const initialLimitCrossing: LimitCrossing = { readings: [] }

const maxReadings = 6
const [readingsToConfirm, distantReadingsToConfirm] = [3, 2]
const minDistanceMs = 2 * dayMs
const minDistanceIntervals = 2
/** Standard errors by which the mean of the readings must lie beyond the limit. */
const minStandardErrors = 2
/** Standard deviation of a normal distribution, from the mean absolute difference of two values: √π / 2. */
const sdPerDifference = 0.8862

/**
 * Add a reading, in any order of time; return the same object when it changes nothing.
 *
 * Three consecutive readings beyond the limit confirm that it is crossed, when their mean is beyond it by more than their
 * noise. Two suffice when they are at least two days and two expected intervals apart, since no passing state explains
 * both, unless the metric was beyond the limit before and came back. As many readings on the good side of `clear` end it.
 */
export function addToLimitCrossing(
  before: LimitCrossing,
  reading: Point,
  options: LimitCrossingOptions & { earlier(): EarlierPath },
): LimitCrossing {
  const oldest = before.readings[0]
  if (oldest !== undefined && reading[0] < oldest[0] && before.readings.length === maxReadings) return before
  const inserted = insertByTime(before.readings, reading)
  if (inserted === before.readings) return before
  const readings = inserted.slice(-maxReadings)
  const { crossedAt } = before
  if (crossedAt === undefined) {
    const run = newestBeyond(readings, options.limit)
    const isCrossed = isConfirmedCrossing(readings, run, options)
    return isCrossed && run[0] !== undefined ? { readings, crossedAt: run[0][0] } : { readings }
  }
  const healthyMargin = healthyMarginOf(options)
  const healthy = newestRun(readings, (value) => options.limit.margin(value) >= healthyMargin)
  const isOver =
    healthy.length >= readingsToConfirm ||
    (healthy.length >= distantReadingsToConfirm && isDistant(healthy, options))
  return isOver ? { readings } : { readings, crossedAt }
}

/** Return the consecutive newest readings beyond the limit, oldest first. */
export function newestBeyond(readings: readonly Point[], limit: Limit): readonly Point[] {
  return newestRun(readings, (value) => limit.margin(value) < 0)
}

/** Return the present level: the median of the newest readings that confirm a crossing. */
export function newestLevel(readings: readonly Point[]): number {
  return median(readings.slice(-readingsToConfirm).map(([, value]) => value))
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
  readings: readonly Point[],
  { points, slopePerDay }: EarlierPath,
  { margin, worseSign }: Pick<Limit, 'margin' | 'worseSign'>,
): boolean {
  const newest = readings.at(-1)
  const before = readings.slice(0, -1)
  if (newest === undefined || before.length < minReadingsBefore) return false
  const levelAt = median(before.slice(-readingsToConfirm).map(([ts]) => ts))
  const wear = (Math.max(0, worseSign * slopePerDay) * (newest[0] - levelAt)) / dayMs
  const expected = margin(newestLevel(before)) - wear
  const noise = Math.max(sdsOutOfLine * noiseSd(before), stepsOutOfLine * resolutionOf(points))
  return expected - margin(newest[1]) > Math.max(noise, shareOutOfLine * expected)
}

const minReadingsBefore = 2
const [sdsOutOfLine, stepsOutOfLine, shareOutOfLine] = [3, 2, 0.5]

/** Return the least difference of successive values that is not 0; 0 when all are equal. */
function resolutionOf(points: readonly Point[]): number {
  const steps = points.slice(1).map(([, value], index) => Math.abs(value - (points[index]?.[1] ?? value)))
  const least = Math.min(...steps.filter((step) => step > 0))
  return Number.isFinite(least) ? least : 0
}

function newestRun(readings: readonly Point[], belongs: (value: number) => boolean): readonly Point[] {
  return readings.slice(readings.findLastIndex(([, value]) => !belongs(value)) + 1)
}

function isConfirmedCrossing(
  readings: readonly Point[],
  run: readonly Point[],
  options: LimitCrossingOptions & { earlier(): EarlierPath },
): boolean {
  const { limit, earlier } = options
  const cameBack = readings.slice(0, -run.length).some(([, value]) => limit.margin(value) < 0)
  const isEnough =
    run.length >= readingsToConfirm ||
    (run.length >= distantReadingsToConfirm && !cameBack && isDistant(run, options))
  if (!isEnough) return false
  const meanExcess = run.reduce((sum, [, value]) => sum - limit.margin(value), 0) / run.length
  // Noise that changes from reading to reading averages out, the error of a gauge that lasts for days does not.
  const error = Math.hypot(noiseSd(readings) / Math.sqrt(run.length), noiseSd(earlier().points))
  return meanExcess >= minStandardErrors * error
}

function isDistant(run: readonly Point[], { expectedIntervalMs }: LimitCrossingOptions): boolean {
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return false
  return last[0] - first[0] >= Math.max(minDistanceMs, minDistanceIntervals * expectedIntervalMs)
}

/**
 * Return the standard deviation of single points, from the lower median of their successive differences: one step of the
 * metric, and steady wear between readings, hardly change it.
 */
function noiseSd(points: readonly Point[]): number {
  const differences = points
    .slice(1)
    .map(([, value], index) => Math.abs(value - (points[index]?.[1] ?? value)))
    .sort((a, b) => a - b)
  return sdPerDifference * (differences[(differences.length - 1) >> 1] ?? 0)
}
