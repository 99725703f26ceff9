import type { SensorLimits } from './sensor-limits.ts'

type Point = readonly [ts: number, value: number]

/** State of the check of one sensor: plain data of bounded size. */
export interface SensorState {
  /** Event time of the newest value, ms. */
  newestAt: number
  /** Last accepted value. */
  lastAccepted?: Point
  /** Number of identical values in a row up to `lastAccepted`. */
  repeatCount: number
  /** Value beyond the jump limit, on hold until the next value shows whether it was a step or a spike. */
  stepCandidate?: Point
  /** Event times of the last rejected values, oldest first, ms. */
  rejectedTimes?: readonly number[]
}

type SensorFaultReason = 'saturated' | 'stuck' | 'spike' | 'jump'

/** Rejected value and the reason. */
export interface RejectedValue {
  reason: SensorFaultReason
  point: Point
}

export interface ValueCheck {
  state: SensorState
  /** Whether rules may see the value. */
  accepted: boolean
  /** Values now known not to be measurements: this one, or the step candidate before. */
  rejections: readonly RejectedValue[]
  /** Event time of the step candidate that this value confirmed, ms. */
  confirmedStepAt?: number
}

const maxRejectedTimes = 16

/**
 * Check one value of a sensor. A value beyond the jump limit is a step candidate until the next value: near the old level,
 * the candidate was a spike; near the candidate, the step is real (a cleaned filter, a recalibration) and costs one value;
 * near neither, the candidate was a jump, and the new value becomes the candidate.
 *
 * A value not newer than the newest does not change the state; it is accepted if it was not rejected before and is within
 * the jump limit of the last accepted value.
 */
export function checkValue(limits: SensorLimits, state: SensorState | undefined, point: Point): ValueCheck {
  const [ts, value] = point
  if (state === undefined) state = { newestAt: ts, repeatCount: 0 }
  else if (ts <= state.newestAt)
    return { state, accepted: isPlausibleLate(limits, state, point), rejections: noRejections }
  const isOnRail = value <= limits.rails[0] || value >= limits.rails[1]
  if (isOnRail)
    return { ...rejectValue({ ...state, newestAt: ts }, ts), rejections: [{ reason: 'saturated', point }] }
  const { lastAccepted, stepCandidate } = state
  if (lastAccepted === undefined) return acceptUnlessStuck(limits, state, point)
  const isStep =
    stepCandidate !== undefined &&
    isWithinJumpLimit(limits, stepCandidate, point) &&
    isCloser(point, stepCandidate, lastAccepted)
  if (isStep) return { ...acceptValue(state, point, 1), confirmedStepAt: stepCandidate[0] }
  if (isWithinJumpLimit(limits, lastAccepted, point)) return acceptUnlessStuck(limits, state, point)
  const rejections = stepCandidate === undefined ? [] : [{ reason: 'jump' as const, point: stepCandidate }]
  return { ...rejectValue({ ...state, newestAt: ts, stepCandidate: point }, ts), rejections }
}

function acceptUnlessStuck(limits: SensorLimits, state: SensorState, point: Point): ValueCheck {
  const { lastAccepted, stepCandidate } = state
  const rejections: RejectedValue[] =
    stepCandidate === undefined ? [] : [{ reason: 'spike', point: stepCandidate }]
  const run = lastAccepted?.[1] === point[1] ? state.repeatCount + 1 : 1
  if (run < limits.stuck) return { ...acceptValue(state, point, run), rejections }
  // `lastAccepted` keeps its time, so that the jump limit grows: the true value since then is unknown.
  const { stepCandidate: _, ...rest } = state
  const stuck = rejectValue({ ...rest, newestAt: point[0], repeatCount: run }, point[0])
  return { ...stuck, rejections: [...rejections, { reason: 'stuck', point }] }
}

function acceptValue({ rejectedTimes }: SensorState, point: Point, run: number): ValueCheck {
  const state: SensorState = { newestAt: point[0], lastAccepted: point, repeatCount: run }
  if (rejectedTimes !== undefined) state.rejectedTimes = rejectedTimes
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
  { lastAccepted, rejectedTimes }: SensorState,
  point: Point,
): boolean {
  const [ts, value] = point
  if (rejectedTimes?.includes(ts) || value <= limits.rails[0] || value >= limits.rails[1]) return false
  return lastAccepted === undefined || isWithinJumpLimit(limits, lastAccepted, point)
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

/** Forget the level after a part was replaced: the next value is accepted whatever the last was. */
export function resetSensorLevel({ lastAccepted: _, stepCandidate: __, ...state }: SensorState): SensorState {
  return { ...state, repeatCount: 0 }
}
