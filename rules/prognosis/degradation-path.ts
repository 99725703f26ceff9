import type { Lifetime } from '../../contract/lifetime.ts'
import type { Limit } from '../detectors/limit.ts'

/** How far a part was from its limit, moment by moment. */
export interface DegradationPath {
  /** When its life began, ms; absent when that is not known. */
  since?: number
  /** ms, oldest first. */
  times: readonly number[]
  /** How far from the limit, on the good side positive; single outliers taken out. */
  margins: readonly number[]
}

/** @param until what comes after it is not looked at, ms */
export function degradationPathOf(
  { startedAt: since, points }: Lifetime,
  limit: Limit,
  until = Number.POSITIVE_INFINITY,
): DegradationPath {
  const seen = points.filter(([ts]) => ts <= until)
  return {
    ...(since === undefined ? {} : { since }),
    times: seen.map(([ts]) => ts),
    margins: removeOutliers(seen.map(([, value]) => limit.margin(value))),
  }
}

/** Each value becomes the median of itself and its neighbours (J. W. Tukey, Exploratory Data Analysis, 1977). */
export function removeOutliers(values: readonly number[]): number[] {
  return values.map((value, index) => {
    const pointsBefore = values[index - 1] ?? value
    const pointsAfter = values[index + 1] ?? value
    return Math.max(Math.min(pointsBefore, pointsAfter), Math.min(Math.max(pointsBefore, pointsAfter), value))
  })
}

/**
 * The least-squares fit that never rises, by pooling adjacent violators (Barlow, Bartholomew, Bremner and Brunk,
 * Statistical Inference under Order Restrictions, 1972): noise is levelled, and a recovery counts as if it had come
 * bit by bit.
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
 * Where the last great recovery ended, such as a filter that was cleaned: three values all better than the two before
 * by more than a third of all that was ever seen. 0 without one. Small recoveries belong to the way of wear.
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
  /** The moment of the forecast, ms; nothing later in the own life is looked at. */
  now: number
  /** How much of the past the own pace is taken from; all of it when absent. */
  windowMs?: number
}
