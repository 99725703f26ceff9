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
  const seen = points.filter(([ts]) => ts <= until)
  return {
    ...(startedAt === undefined ? {} : { since: startedAt }),
    times: seen.map(([ts]) => ts),
    margins: removeOutliers(seen.map(([, value]) => limit.margin(value))),
  }
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
  const pools: { mean: number; size: number }[] = []
  for (const value of values) {
    let pool = { mean: value, size: 1 }
    for (let last = pools.at(-1); last !== undefined && last.mean <= pool.mean; last = pools.at(-1)) {
      const size = last.size + pool.size
      pool = { mean: (last.mean * last.size + pool.mean * pool.size) / size, size }
      pools.pop()
    }
    pools.push(pool)
  }
  return pools.flatMap(({ mean, size }) => new Array<number>(size).fill(mean))
}

const [before, after] = [2, 3]
const minRiseShare = 1 / 3

/**
 * Return the index where the last great recovery ended, such as a cleaned filter: three values all better than the
 * two before by more than a third of the whole range seen. 0 without one. Small recoveries are part of normal wear.
 */
export function lastRecoveryIndex(margins: readonly number[]): number {
  const least = minRiseShare * (Math.max(...margins) - Math.min(...margins))
  for (let index = margins.length - after; index >= before; index--) {
    const rise =
      Math.min(...margins.slice(index, index + after)) - Math.max(...margins.slice(index - before, index))
    if (rise > least) return index
  }
  return 0
}

export interface ForecastRequest {
  limit: Limit
  /** Time of the forecast, ms; later points of the own lifetime are ignored. */
  now: number
  /** Length of the past from which the own rate of wear is estimated, ms; all of it when absent. */
  windowMs?: number
}
