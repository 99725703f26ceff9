import type { Life } from '../../../contract/lifetime.ts'
import { median } from '../../../rules/detectors/history.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import { crossingOf, passageOf } from './passage.ts'
import type { Smooth } from './smooth.ts'

/** Those of which all that `keys` name is equal; all of them where none is. */
export function comparable(own: Life, peers: readonly Life[], keys: readonly string[]): readonly Life[] {
  const same = peers.filter(({ cohort }) => keys.every((key) => cohort[key] === own.cohort[key]))
  return same.length > 0 ? same : peers
}

/** The median time that others took from a margin to the limit; undefined where none was seen to go that way. */
export function timeFromLevel(
  peers: readonly Life[],
  limit: Limit,
  { margin, smooth }: { margin: number; smooth: Smooth },
): number | undefined {
  const times = peers.flatMap(({ points }) => {
    const [from, to] = [passageOf(smooth(points), limit, margin), crossingOf(points, limit)]
    return from === undefined || to === undefined ? [] : [Math.max(0, to - from)]
  })
  return times.length > 0 ? median(times) : undefined
}

/** The mean time from begin to crossing; undefined where no other life is known from begin to end. */
export function meanLife(peers: readonly Life[], limit: Limit): number | undefined {
  return mean(
    peers.flatMap(({ since, points }) => {
      const end = crossingOf(points, limit)
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
  peers: readonly Life[],
  limit: Limit,
  { margin, step }: { margin: number; step: number },
): number | undefined {
  let sum = 0
  for (let left = margin; left >= 0; left -= step) {
    const dwell = mean(
      peers.flatMap(({ points }) => {
        const [from, to] = [passageOf(points, limit, left), passageOf(points, limit, left - step)]
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
