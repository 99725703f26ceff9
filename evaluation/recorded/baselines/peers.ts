import type { Lifetime } from '../../../contract/lifetime.ts'
import { median } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt, firstPassageAt } from './first-passage.ts'
import type { Smoother } from './smooth.ts'

/** Those of which all that `keys` name is equal; all of them where none is. */
export function comparablePeers(
  own: Lifetime,
  peers: readonly Lifetime[],
  keys: readonly string[],
): readonly Lifetime[] {
  const same = peers.filter(({ cohort }) => keys.every((key) => cohort[key] === own.cohort[key]))
  return same.length > 0 ? same : peers
}

/** The median time that others took from a margin to the limit; undefined where none was seen to go that way. */
export function timeFromLevel(
  peers: readonly Lifetime[],
  limit: Limit,
  { margin, smooth }: { margin: number; smooth: Smoother },
): number | undefined {
  const times = peers.flatMap(({ points }) => {
    const [from, to] = [firstPassageAt(smooth(points), limit, margin), firstCrossingAt(points, limit)]
    return from === undefined || to === undefined ? [] : [Math.max(0, to - from)]
  })
  return times.length > 0 ? median(times) : undefined
}

/** The mean time from begin to crossing; undefined where no other life is known from begin to end. */
export function meanLifetime(peers: readonly Lifetime[], limit: Limit): number | undefined {
  return mean(
    peers.flatMap(({ startedAt: since, points }) => {
      const end = firstCrossingAt(points, limit)
      return since === undefined || end === undefined ? [] : [end - since]
    }),
  )
}

/**
 * The others' mean dwell times at each of the steps that are still to lose, added up.
 * @param step of the quantised level
 * @returns undefined where one of the steps was passed by none
 */
export function dwellSum(
  peers: readonly Lifetime[],
  limit: Limit,
  { margin, step }: { margin: number; step: number },
): number | undefined {
  let sum = 0
  for (let left = margin; left >= 0; left -= step) {
    const dwell = mean(
      peers.flatMap(({ points }) => {
        const [from, to] = [firstPassageAt(points, limit, left), firstPassageAt(points, limit, left - step)]
        return from === undefined || to === undefined ? [] : [to - from]
      }),
    )
    if (dwell === undefined) return undefined
    sum += dwell
  }
  return sum
}

function mean(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined
}
