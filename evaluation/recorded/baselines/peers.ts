import type { Lifetime } from '../../../contract/lifetime.ts'
import { median } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt, firstPassageAt } from './first-passage.ts'
import type { Smoother } from './smooth.ts'

/** Return the peers whose cohort is equal in all `keys`; all peers where there is none. */
export function comparablePeers(
  own: Lifetime,
  peers: readonly Lifetime[],
  keys: readonly string[],
): readonly Lifetime[] {
  const same = peers.filter(({ cohort }) => keys.every((key) => cohort[key] === own.cohort[key]))
  return same.length > 0 ? same : peers
}

/** Return the median time of the peers from a margin to the limit, ms; undefined without one that has both. */
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

/** Return the mean time from start to crossing, ms; undefined without a peer that has both. */
export function meanLifetime(peers: readonly Lifetime[], limit: Limit): number | undefined {
  return mean(
    peers.flatMap(({ startedAt, points }) => {
      const end = firstCrossingAt(points, limit)
      return startedAt === undefined || end === undefined ? [] : [end - startedAt]
    }),
  )
}

function mean(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined
}
