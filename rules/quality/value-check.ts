import { dayMs } from '../../lib/time.ts'
import { checkCounter, largestIncrease } from './counter-check.ts'
import { findConversion, followScaleChange, type ScaleChange } from './scale-change.ts'
import type { SensorLimits } from './sensor-limits.ts'
import {
  acceptValue,
  holdValue,
  noRejections,
  type Point,
  type RejectedValue,
  rejectValue,
  type SensorState,
  type ValueCheck,
  wasRejected,
} from './sensor-state.ts'

/**
 * Check one value of a sensor. A value beyond the jump limit is a step candidate until the next value: near the old level,
 * the candidate was a spike; near the candidate, the step is real (a cleaned filter, a recalibration) and costs one value;
 * near neither, the candidate was a jump, and the new value becomes the candidate.
 *
 * A step by a typical factor (a change of unit) or, at a change of firmware, any step is withheld until it proves real or
 * the old scale returns.
 *
 * A value not newer than the newest does not change the state; it is accepted if it was not rejected before and is within
 * the jump limit of the last accepted value.
 */
export function checkValue(
  limits: SensorLimits,
  state: SensorState | undefined,
  point: Point,
  firmwareChangedAt = Number.NEGATIVE_INFINITY,
): ValueCheck {
  const [ts, value] = point
  if (state === undefined) state = { newestAt: ts, repeatCount: 0 }
  else if (ts <= state.newestAt)
    return { state, accepted: isPlausibleLate(limits, state, point), rejections: noRejections }
  if (limits.maxPerMs !== undefined) return checkCounter(limits, state, point)
  const isOnRail = value <= limits.rails[0] || value >= limits.rails[1]
  if (isOnRail)
    return { ...rejectValue({ ...state, newestAt: ts }, ts), rejections: [{ reason: 'saturated', point }] }
  if (state.lastAccepted === undefined) return acceptUnlessStuck(limits, state, point)
  return (
    checkScale(limits, state, point) ??
    checkStep(limits, { ...state, lastAccepted: state.lastAccepted }, point, firmwareChangedAt)
  )
}

/** Check a value for a change of scale. @returns undefined when there is no sign of one */
function checkScale(limits: SensorLimits, state: SensorState, point: Point): ValueCheck | undefined {
  const { stepCandidate, scaleChange, levels = [] } = state
  if (scaleChange !== undefined) return checkScaled(state, scaleChange, point)
  const conversion = findConversion(limits, levels, point[1])
  if (conversion === undefined) return undefined
  return stepCandidate !== undefined && findConversion(limits, levels, stepCandidate[1]) === conversion
    ? suspectScale(state, { conversion, since: stepCandidate[0], count: 2 }, [stepCandidate, point])
    : holdValue(state, point)
}

/** Check a value against the jump limit and a step candidate before it. */
function checkStep(
  limits: SensorLimits,
  state: SensorState & { lastAccepted: Point },
  point: Point,
  firmwareChangedAt: number,
): ValueCheck {
  const { lastAccepted, stepCandidate } = state
  const isWithinLimit = isWithinJumpLimit(limits, lastAccepted, point)
  const isStep =
    stepCandidate !== undefined &&
    isWithinJumpLimit(limits, stepCandidate, point) &&
    isCloser(point, stepCandidate, lastAccepted)
  if (!isStep) return isWithinLimit ? acceptUnlessStuck(limits, state, point) : holdValue(state, point)
  const [since, firstValue] = stepCandidate
  const isAtUpdate = since >= firmwareChangedAt && since - firmwareChangedAt <= firmwareStepMs
  return isAtUpdate && !isWithinLimit
    ? suspectScale(state, { conversion: 'step', since, count: 2, level: point[1] }, [stepCandidate, point])
    : { ...acceptValue({ ...state, levels: [firstValue] }, point, 1), confirmedStepAt: since }
}

/** How long after a change of firmware a step may be its effect, ms. */
const firmwareStepMs = 3 * dayMs

function suspectScale(
  { stepCandidate: _, ...state }: SensorState,
  scaleChange: ScaleChange,
  points: readonly Point[],
): ValueCheck {
  const newestAt = points.at(-1)?.[0] ?? state.newestAt
  const rejected = rejectValue({ ...state, newestAt, scaleChange }, newestAt)
  return { ...rejected, rejections: points.map((point) => ({ reason: 'scale' as const, point })) }
}

function checkScaled(state: SensorState, scaleChange: ScaleChange, point: Point): ValueCheck {
  const { scaleChange: _, levels = [], ...rest } = state
  const decision = followScaleChange(scaleChange, levels, point)
  if (decision.is === 'returned') return acceptValue({ ...rest, levels }, point, 1)
  if (decision.is === 'real') return acceptValue(rest, point, 1)
  const withheld = { ...rest, newestAt: point[0], levels: decision.levels, scaleChange: decision.change }
  return { ...rejectValue(withheld, point[0]), rejections: [{ reason: 'scale', point }] }
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

function isPlausibleLate(limits: SensorLimits, state: SensorState, point: Point): boolean {
  const { lastAccepted, scaleChange } = state
  const [ts, value] = point
  if (scaleChange !== undefined && ts >= scaleChange.since) return false
  if (wasRejected(state, ts) || value <= limits.rails[0] || value >= limits.rails[1]) return false
  if (limits.maxPerMs !== undefined && lastAccepted !== undefined)
    return value - lastAccepted[1] <= largestIncrease(limits.maxPerMs, 0)
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
export function resetSensorLevel(before: SensorState): SensorState {
  const {
    lastAccepted: _,
    stepCandidate: _candidate,
    levels: _levels,
    scaleChange: _change,
    ...state
  } = before
  return { ...state, repeatCount: 0 }
}
