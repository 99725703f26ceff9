import type { Lifetime } from '../../contract/lifetime.ts'
import type { Limit } from '../detectors/limit.ts'

/** Degradation path: distance of a part from its limit over time. */
export interface DegradationPath {
  /** Beginning of the lifetime, ms; absent when unknown. */
  since?: number
  /** ms, oldest first. */
  times: readonly number[]
  /** Distance from the limit, positive on the good side; single outliers removed. */
  margins: readonly number[]
}

/** @param until later points are ignored, ms */
export function degradationPathOf(
  { startedAt, points }: Lifetime,
  limit: Limit,
  until = Number.POSITIVE_INFINITY,
): DegradationPath {
  const times: number[] = []
  const margins: number[] = []
  for (const point of points) {
    if (point[0] > until) continue
    times.push(point[0])
    margins.push(limit.margin(point[1]))
  }
  const path: DegradationPath = { times, margins: removeOutliers(margins) }
  if (startedAt !== undefined) path.since = startedAt
  return path
}

/** Replace each value by the median of itself and its neighbours (J. W. Tukey, Exploratory Data Analysis, 1977). */
export function removeOutliers(values: readonly number[]): number[] {
  return values.map((value, index) => {
    const pointsBefore = values[index - 1] ?? value
    const pointsAfter = values[index + 1] ?? value
    return Math.max(Math.min(pointsBefore, pointsAfter), Math.min(Math.max(pointsBefore, pointsAfter), value))
  })
}

/**
 * Return the least-squares fit that never rises, by pooling adjacent violators (Barlow, Bartholomew, Bremner and Brunk,
 * Statistical Inference under Order Restrictions, 1972): noise is averaged, and a recovery counts as if
 * it had been gradual.
 */
export function monotoneFit(values: readonly number[]): number[] {
  // Of each pool the mean and the number of values: two lists of numbers cost a third of one of objects.
  const means: number[] = []
  const sizes: number[] = []
  for (const value of values) {
    let [mean, size] = [value, 1]
    for (let last = means.at(-1); last !== undefined && last <= mean; last = means.at(-1)) {
      const lastSize = sizes.pop() ?? 0
      means.pop()
      mean = (last * lastSize + mean * size) / (lastSize + size)
      size += lastSize
    }
    means.push(mean)
    sizes.push(size)
  }
  const fit: number[] = []
  for (let pool = 0; pool < means.length; pool++) {
    const mean = means[pool] ?? Number.NaN
    for (let count = sizes[pool] ?? 0; count > 0; count--) fit.push(mean)
  }
  return fit
}

const [before, after] = [2, 3]
const minRiseShare = 1 / 3

/**
 * Return the index where the last great recovery ended, such as a cleaned filter: three values all better than the
 * two before by more than a third of the whole range seen. 0 without one. Small recoveries are part of normal wear.
 */
export function lastRecoveryIndex(margins: readonly number[]): number {
  const least = minRiseShare * (greatestOf(margins, 0, margins.length) - leastOf(margins, 0, margins.length))
  for (let index = margins.length - after; index >= before; index--) {
    if (leastOf(margins, index, index + after) - greatestOf(margins, index - before, index) > least)
      return index
  }
  return 0
}

function leastOf(values: readonly number[], begin: number, end: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let index = begin; index < end; index++) least = Math.min(least, values[index] ?? Number.NaN)
  return least
}

function greatestOf(values: readonly number[], begin: number, end: number): number {
  let greatest = Number.NEGATIVE_INFINITY
  for (let index = begin; index < end; index++) greatest = Math.max(greatest, values[index] ?? Number.NaN)
  return greatest
}

export interface ForecastRequest {
  limit: Limit
  /** Time of the forecast, ms; later points of the own lifetime are ignored. */
  now: number
  /** Length of the past from which the own rate of wear is estimated, ms; all of it when absent. */
  windowMs?: number
}
