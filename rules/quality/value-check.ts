import type { SensorLimits } from './sensor-limits.ts'

type Point = readonly [ts: number, value: number]

/** What is remembered of a sensor: plain data of bounded size. */
export interface SensorState {
  /** Event time of the newest value. */
  newestAt: number
  /** The last value that was believed. */
  lastAccepted?: Point
  /** How often in a row the level was measured, to the last digit. */
  repeatCount: number
  /** A value far from the level: the next one shows which of the two holds. */
  stepCandidate?: Point
  /** Event times of the last values that were kept from the rules, oldest first. */
  rejectedTimes?: readonly number[]
}

type SensorFaultReason = 'saturated' | 'stuck' | 'spike' | 'jump'

/** A value that was not believed, and why. */
export interface RejectedValue {
  reason: SensorFaultReason
  point: Point
}

export interface ValueCheck {
  state: SensorState
  /** Whether the rules may see it. */
  accepted: boolean
  /** Values that are now known not to be measurements: this one, or the one that was held. */
  rejections: readonly RejectedValue[]
}

const maxRejectedTimes = 16

/**
 * Evaluate one value of a sensor. What leaps is held back until the next value: near the old level it makes the leap a
 * spike; near the new one it confirms a step that really happened (a cleaned filter, a recalibration), at the price
 * of one value; near neither, the first was a jump, and now this one is held.
 *
 * A value not newer than the newest changes nothing: it is shown if it was not hidden before and fits the level.
 */
export function checkValue(limits: SensorLimits, state: SensorState | undefined, point: Point): ValueCheck {
  const [ts, value] = point
  if (state === undefined) state = { newestAt: ts, repeatCount: 0 }
  else if (ts <= state.newestAt)
    return { state, accepted: isPlausibleLate(limits, state, point), rejections: noRejections }
  const isOnRail = value <= limits.rails[0] || value >= limits.rails[1]
  if (isOnRail)
    return { ...rejectValue({ ...state, newestAt: ts }, ts), rejections: [{ reason: 'saturated', point }] }
  const { lastAccepted: level, stepCandidate: held } = state
  if (level === undefined) return acceptUnlessStuck(limits, state, point)
  const confirms =
    held !== undefined && isWithinJumpLimit(limits, held, point) && isCloser(point, held, level)
  if (confirms) return acceptValue(state, point, 1)
  if (isWithinJumpLimit(limits, level, point)) return acceptUnlessStuck(limits, state, point)
  const marks = held === undefined ? [] : [{ reason: 'jump' as const, point: held }]
  return { ...rejectValue({ ...state, newestAt: ts, stepCandidate: point }, ts), rejections: marks }
}

function acceptUnlessStuck(limits: SensorLimits, state: SensorState, point: Point): ValueCheck {
  const { lastAccepted: level, stepCandidate: held } = state
  const marks: RejectedValue[] = held === undefined ? [] : [{ reason: 'spike', point: held }]
  const run = level?.[1] === point[1] ? state.repeatCount + 1 : 1
  if (run < limits.stuck) return { ...acceptValue(state, point, run), rejections: marks }
  // The level keeps its time: how far the truth went since then is not known.
  const { stepCandidate: _, ...rest } = state
  const stuck = rejectValue({ ...rest, newestAt: point[0], repeatCount: run }, point[0])
  return { ...stuck, rejections: [...marks, { reason: 'stuck', point }] }
}

function acceptValue({ rejectedTimes: hidden }: SensorState, point: Point, run: number): ValueCheck {
  const state: SensorState = { newestAt: point[0], lastAccepted: point, repeatCount: run }
  if (hidden !== undefined) state.rejectedTimes = hidden
  return { state, accepted: true, rejections: noRejections }
}

const noRejections: readonly RejectedValue[] = []

function rejectValue(state: SensorState, ts: number): Pick<ValueCheck, 'state' | 'accepted'> {
  return {
    state: { ...state, rejectedTimes: [...(state.rejectedTimes ?? []), ts].slice(-maxRejectedTimes) },
    accepted: false,
  }
}

function isPlausibleLate(
  limits: SensorLimits,
  { lastAccepted: level, rejectedTimes: hidden }: SensorState,
  point: Point,
): boolean {
  const [ts, value] = point
  if (hidden?.includes(ts) || value <= limits.rails[0] || value >= limits.rails[1]) return false
  return level === undefined || isWithinJumpLimit(limits, level, point)
}

function isWithinJumpLimit(
  { jump }: SensorLimits,
  [ts, value]: Point,
  [laterTs, laterValue]: Point,
): boolean {
  return Math.abs(laterValue - value) <= jump.by * Math.max(1, Math.abs(laterTs - ts) / jump.perMs)
}

function isCloser([, value]: Point, [, one]: Point, [, other]: Point): boolean {
  return Math.abs(value - one) < Math.abs(value - other)
}

/** A part was replaced: the next value is taken as it comes. */
export function resetSensorLevel({ lastAccepted: _, stepCandidate: __, ...state }: SensorState): SensorState {
  return { ...state, repeatCount: 0 }
}
