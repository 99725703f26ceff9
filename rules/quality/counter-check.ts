import type { SensorLimits } from './sensor-limits.ts'
import {
  noRejections,
  type Point,
  type RejectedValue,
  rejectValue,
  type SensorState,
  type ValueCheck,
} from './sensor-state.ts'

/** Values in a row that must go on from an implausible one before it is the counter's new position. */
const neededToContinue = 3
/** Hours in days, seconds in minutes, units in thousands, seconds in hours: a counter that shrinks by these changed its unit. */
const shrinkFactors = [24, 60, 1000, 3600]
const shrinkTolerance = 0.005

/** Return the largest plausible increase of a counter within some time: with a tenth and one count or hour for rounding. */
export function largestIncrease(maxPerMs: number, elapsedMs: number): number {
  return 1.1 * maxPerMs * Math.max(0, elapsedMs) + Math.max(1, maxPerMs * 3_600_000)
}

/**
 * Check one value of a counter: it cannot grow faster than its maximum rate, and hours of running not faster than time.
 * A restart at a small value is plausible. An implausible value is withheld; when the next ones go on from it at a
 * plausible rate, the counter was set, for example by a new control board, and counts from there.
 */
export function checkCounter(limits: SensorLimits, state: SensorState, point: Point): ValueCheck {
  const [ts, value] = point
  const { lastAccepted, stepCandidate, repeatCount } = state
  state.newestAt = ts
  if (lastAccepted === undefined) return accept(state, point)
  if (isPlausibleNext(limits, lastAccepted, point)) {
    const check = accept(state, point)
    const isSpike = stepCandidate !== undefined && repeatCount === 0
    return isSpike ? { accepted: true, rejections: [{ reason: 'spike', point: stepCandidate }] } : check
  }
  const continues =
    stepCandidate !== undefined && value >= stepCandidate[1] && isPlausibleNext(limits, stepCandidate, point)
  const run = continues ? repeatCount + 1 : stepCandidate === undefined ? 0 : 1
  if (continues && run >= neededToContinue && !hasShrunk(lastAccepted, point)) return accept(state, point)
  // The first implausible value is reported together with the second: alone it was a spike.
  const rejections: RejectedValue[] = [
    ...(stepCandidate !== undefined && repeatCount === 0
      ? [{ reason: 'rate' as const, point: stepCandidate }]
      : []),
    ...(stepCandidate === undefined ? [] : [{ reason: 'rate' as const, point }]),
  ]
  state.stepCandidate = point
  state.repeatCount = run
  return rejectValue(state, ts, rejections)
}

function accept(state: SensorState, point: Point): ValueCheck {
  state.lastAccepted = point
  state.repeatCount = 0
  state.stepCandidate = undefined
  return accepted
}

const accepted: ValueCheck = { accepted: true, rejections: noRejections }

function isPlausibleNext({ maxPerMs = 0 }: SensorLimits, from: Point, to: Point): boolean {
  return !hasShrunk(from, to) && to[1] - from[1] <= largestIncrease(maxPerMs, to[0] - from[0])
}

function hasShrunk([, before]: Point, [, now]: Point): boolean {
  return now > 0 && shrinkFactors.some((by) => Math.abs((now * by) / before - 1) < shrinkTolerance)
}
