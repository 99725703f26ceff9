import { levelValues, type ScaleChange } from './scale-change.ts'

export type Point = readonly [ts: number, value: number]

/** State of the check of one sensor: plain data of bounded size, changed in place. */
export interface SensorState {
  /** Event time of the newest value, ms. */
  newestAt: number
  /** Last accepted value. */
  lastAccepted: Point | undefined
  /** Number of identical values in a row up to `lastAccepted`; of a counter, of values that go on from the candidate. */
  repeatCount: number
  /** Last accepted values, oldest first: the level from which a change of scale is recognized. */
  levels: number[]
  /** Suspected change of scale; `levels` stay on the old scale meanwhile. */
  scaleChange: ScaleChange | undefined
  /** Value beyond the jump limit, on hold until the next value shows whether it was a step or a spike. */
  stepCandidate: Point | undefined
  /** Event times of the last rejected values, oldest first, ms. */
  rejectedTimes: number[]
}

export function createSensorState(newestAt: number): SensorState {
  return {
    newestAt,
    lastAccepted: undefined,
    repeatCount: 0,
    levels: [],
    scaleChange: undefined,
    stepCandidate: undefined,
    rejectedTimes: [],
  }
}

type SensorFaultReason = 'saturated' | 'stuck' | 'spike' | 'jump' | 'rate' | 'scale'

/** Rejected value and the reason. */
export interface RejectedValue {
  reason: SensorFaultReason
  point: Point
}

export interface ValueCheck {
  /** Whether rules may see the value. */
  accepted: boolean
  /** Values now known not to be measurements: this one, or the step candidate before. */
  rejections: readonly RejectedValue[]
  /** Event time of the step candidate that this value confirmed, ms. */
  confirmedStepAt?: number
}

const maxRejectedTimes = 16

export const noRejections: readonly RejectedValue[] = []
const accepted: ValueCheck = { accepted: true, rejections: noRejections }

/** Withhold a value until the next one shows what it was; a candidate before it was a jump. */
export function holdValue(state: SensorState, point: Point): ValueCheck {
  const { stepCandidate } = state
  state.newestAt = point[0]
  state.stepCandidate = point
  return rejectValue(state, point[0], stepCandidate && [{ reason: 'jump', point: stepCandidate }])
}

/** Accept a value as the newest one of the level. @param run number of identical values in a row */
export function acceptValue(state: SensorState, point: Point, run: number): ValueCheck {
  state.newestAt = point[0]
  state.lastAccepted = point
  state.repeatCount = run
  state.scaleChange = undefined
  state.stepCandidate = undefined
  state.levels.push(point[1])
  if (state.levels.length > levelValues) state.levels.shift()
  return accepted
}

/**
 * Return whether a value of this event time (ms) was rejected before. Times before the rejections that are kept count as
 * rejected, because it is not known: a duplicate of an accepted value changes nothing, one of a rejected value must not.
 */
export function wasRejected({ rejectedTimes }: SensorState, ts: number): boolean {
  const isForgotten = rejectedTimes.length === maxRejectedTimes && ts < (rejectedTimes[0] ?? ts)
  return isForgotten || rejectedTimes.includes(ts)
}

/** Withhold a value from the rules. */
export function rejectValue(
  { rejectedTimes }: SensorState,
  ts: number,
  rejections: readonly RejectedValue[] = noRejections,
): ValueCheck {
  rejectedTimes.push(ts)
  if (rejectedTimes.length > maxRejectedTimes) rejectedTimes.shift()
  return { accepted: false, rejections }
}
