import type { Lifetime } from '../../../contract/lifetime.ts'
import { median } from '../../../rules/detectors/bucketed-series.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import type { ForecastAnswer } from '../figures/scored-forecast.ts'
import { firstCrossingAt, firstPassageAt } from './first-passage.ts'
import type { ForecastMethod } from './forecast-method.ts'
import { sampleQuantile } from './interval.ts'
import type { Smoother } from './smooth.ts'

/** Steps from new to the limit, where the level has no steps of its own. */
const stepsOfContinuous = 20

/**
 * Create the sum of the others' mean dwell times at each remaining step. The interval is the spread of the others' pace: of each,
 * its time over those of the steps that it passed, relative to the mean over the same steps.
 * @param step of a quantised level, at which half of the time already spent is subtracted; a twentieth of the others' way
 *   when absent
 */
export function dwellSumMethod(smooth: Smoother, step?: number): ForecastMethod {
  return (own, peers, { limit, now }) => {
    const margin = limit.margin(smooth(own.points).at(-1)?.[1] ?? Number.NaN)
    const [size, end] = step === undefined ? [typicalStep(peers, limit), 0] : [step, -step]
    const levels = levelsFrom(margin, size, end)
    const dwells = peers.map((peer) => {
      const path = smooth(peer.points)
      const passages = levels.map((level) => firstPassageAt(path, limit, level))
      return dwellsOf(step === undefined ? withBothEnds(passages, peer, limit) : passages)
    })
    const sum = sumDwells(dwells, levels.length - 1)
    if (sum === undefined) return { is: 'withheld', why: 'no_peers' }
    const spent = step === undefined ? 0 : timeAtLevel(own, limit, { margin, now })
    return answerOf(sum, { now, spent })
  }
}

function levelsFrom(margin: number, step: number, end: number): number[] {
  const count = Math.max(0, Math.ceil((margin - end) / step - 1e-9))
  return Array.from({ length: count + 1 }, (_, n) =>
    n === count ? Math.min(margin, end) : margin - n * step,
  )
}

/** Return a part of the usual way from the first margin to the limit. */
function typicalStep(peers: readonly Lifetime[], limit: Limit): number {
  const first = peers.flatMap(({ points }) => (points[0] === undefined ? [] : [limit.margin(points[0][1])]))
  return first.length === 0 ? Number.NaN : median(first) / stepsOfContinuous
}

/**
 * Take the beginning of a lifetime for levels above its first one, and its crossing for the limit and for levels that the smoothed
 * values do not reach before it.
 */
function withBothEnds(
  passages: readonly (number | undefined)[],
  { points }: Lifetime,
  limit: Limit,
): (number | undefined)[] {
  const first = passages.findIndex((passage) => passage !== undefined)
  const end = firstCrossingAt(points, limit)
  return passages.map((passage, index) => {
    if (index === passages.length - 1) return end
    return index < first ? points[0]?.[0] : (passage ?? end)
  })
}

/** Return the time that a lifetime took for each step, ms; undefined where it did not pass it. */
function dwellsOf(passages: readonly (number | undefined)[]): (number | undefined)[] {
  return passages.slice(1).map((to, index) => {
    const from = passages[index]
    return from === undefined || to === undefined ? undefined : Math.max(0, to - from)
  })
}

interface DwellSum {
  total: number
  /** Pace of each other lifetime, ascending: 1 is the mean. */
  paces: readonly number[]
}

/** @returns undefined when no lifetime passed one of the steps */
function sumDwells(dwells: readonly (number | undefined)[][], steps: number): DwellSum | undefined {
  if (dwells.length === 0) return undefined
  const means: number[] = []
  for (let step = 0; step < steps; step++) {
    const passed = dwells.flatMap((each) => each[step] ?? [])
    if (passed.length === 0) return undefined
    means.push(passed.reduce((sum, dwell) => sum + dwell, 0) / passed.length)
  }
  const paces = dwells.flatMap((each) => {
    let [took, usual] = [0, 0]
    for (const [step, dwell] of each.entries()) {
      if (dwell === undefined) continue
      took += dwell
      usual += means[step] ?? 0
    }
    return usual > 0 ? [took / usual] : []
  })
  return { total: means.reduce((sum, each) => sum + each, 0), paces: paces.sort((a, b) => a - b) }
}

/** Return how long a part has been at its present level, ms. */
function timeAtLevel(
  { points, startedAt }: Lifetime,
  limit: Limit,
  { margin, now }: { margin: number; now: number },
): number {
  const reached = points.findLast(([, value]) => limit.margin(value) > margin)?.[0] ?? startedAt ?? now
  const entered = points.find(([ts]) => ts > reached)?.[0] ?? now
  return now - entered
}

function answerOf(
  { total, paces }: DwellSum,
  { now, spent }: { now: number; spent: number },
): ForecastAnswer {
  const dateAt = (pace: number) => Math.max(now, now + pace * total - spent / 2)
  const p50 = dateAt(1)
  if (paces.length < 2) return { is: 'date', p50 }
  const [low, high] = [sampleQuantile(paces, 0.1), sampleQuantile(paces, 0.9)]
  return { is: 'date', p10: Math.min(p50, dateAt(low)), p50, p90: Math.max(p50, dateAt(high)) }
}
