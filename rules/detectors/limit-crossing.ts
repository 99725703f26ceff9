import { dayMs } from '../../lib/time.ts'
import { insertByTime, median, type Point } from './bucketed-series.ts'
import type { Limit } from './limit.ts'

/** Newest readings of a metric, and whether they agree that its limit is crossed. */
export interface LimitCrossing {
  /** Oldest first, bounded in number. */
  readings: readonly Point[]
  /**
   * Event time of the first of the consecutive newest readings that are beyond the limit or, while a crossing is confirmed, on
   * the good side of `clear`, ms; absent when the newest reading is neither.
   */
  runSince?: number
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
interface EarlierPath {
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
const maxMinSpanMs = dayMs
/** Standard errors by which the mean of the readings must lie beyond the limit. */
const minStandardErrors = 2
/** Standard deviation of a normal distribution, from the mean absolute difference of two values: √π / 2. */
const sdPerDifference = 0.8862

/**
 * Add a reading, in any order of time; return the same object when it changes nothing.
 *
 * Three consecutive readings beyond the limit confirm that it is crossed, when they span an expected interval (at most a day),
 * so that a passing state is not sampled three times, and their mean is beyond the limit by more than their noise. Two suffice
 * when they are at least two days and two expected intervals apart, unless the metric was beyond the limit before and came
 * back. As many readings on the good side of `clear` end it.
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
  const beyond = runOf(readings, before, (value) => options.limit.margin(value) < 0)
  if (crossedAt === undefined) {
    if (beyond === undefined) return { readings }
    const { since } = beyond
    const isCrossed = isConfirmedCrossing(readings, beyond, options)
    return { readings, runSince: since, ...(isCrossed && { crossedAt: since }) }
  }
  const healthyMargin = healthyMarginOf(options)
  const healthy = runOf(readings, before, (value) => options.limit.margin(value) >= healthyMargin)
  if (healthy !== undefined && (isEnough(healthy, options) || isDistant(healthy, options)))
    return { readings }
  const run = beyond ?? healthy
  return { readings, crossedAt, ...(run && { runSince: run.since }) }
}

/** Return since when the newest readings have been beyond the limit, ms; undefined when the newest is not. */
export function beyondSince({ readings, runSince }: LimitCrossing, limit: Limit): number | undefined {
  const newest = readings.at(-1)
  return newest !== undefined && limit.margin(newest[1]) < 0 ? runSince : undefined
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

/** Consecutive newest readings on one side. */
interface Run {
  /** Those that are kept, oldest first. */
  readings: readonly Point[]
  /** Event time of the first, which may not be kept any more, ms. */
  since: number
  /** Time from the first to the newest, ms. */
  spanMs: number
}

function runOf(
  readings: readonly Point[],
  before: LimitCrossing,
  belongs: (value: number) => boolean,
): Run | undefined {
  const run = readings.slice(readings.findLastIndex(([, value]) => !belongs(value)) + 1)
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const earliest = run.length === readings.length ? before.runSince : undefined
  const since = Math.min(earliest ?? first[0], first[0])
  return { readings: run, since, spanMs: last[0] - since }
}

function isConfirmedCrossing(
  readings: readonly Point[],
  run: Run,
  options: LimitCrossingOptions & { earlier(): EarlierPath },
): boolean {
  const { limit, earlier } = options
  const count = run.readings.length
  const cameBack = readings.slice(0, -count).some(([, value]) => limit.margin(value) < 0)
  if (!isEnough(run, options) && (cameBack || !isDistant(run, options))) return false
  const meanExcess = run.readings.reduce((sum, [, value]) => sum - limit.margin(value), 0) / count
  // Noise that changes from reading to reading averages out, the error of a gauge that lasts for days does not.
  const path = earlier().points.filter(([ts]) => ts < run.since)
  const error = Math.hypot(noiseSd(readings) / Math.sqrt(count), noiseSd(path))
  return meanExcess >= minStandardErrors * error
}

function isEnough({ readings, spanMs }: Run, { expectedIntervalMs }: LimitCrossingOptions): boolean {
  return readings.length >= readingsToConfirm && spanMs >= Math.min(maxMinSpanMs, expectedIntervalMs)
}

function isDistant({ readings, spanMs }: Run, { expectedIntervalMs }: LimitCrossingOptions): boolean {
  const minMs = Math.max(minDistanceMs, minDistanceIntervals * expectedIntervalMs)
  return readings.length >= distantReadingsToConfirm && spanMs >= minMs
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
