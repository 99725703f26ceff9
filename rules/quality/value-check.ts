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
 * Check one value of a sensor, and record it in its state. A value beyond the jump limit is a step candidate until the next value: near the old level,
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
  state: SensorState,
  point: Point,
  firmwareChangedAt = Number.NEGATIVE_INFINITY,
): ValueCheck {
  const [ts, value] = point
  if (ts <= state.newestAt)
    return { accepted: isPlausibleLate(limits, state, point), rejections: noRejections }
  if (limits.maxPerMs !== undefined) return checkCounter(limits, state, point)
  const isOnRail = value <= limits.rails[0] || value >= limits.rails[1]
  if (isOnRail) {
    state.newestAt = ts
    return rejectValue(state, ts, [{ reason: 'saturated', point }])
  }
  const { lastAccepted } = state
  if (lastAccepted === undefined) return acceptUnlessStuck(limits, state, point)
  return (
    checkScale(limits, state, point) ?? checkStep(limits, state, { lastAccepted, point, firmwareChangedAt })
  )
}

/** Check a value for a change of scale. @returns undefined when there is no sign of one */
function checkScale(limits: SensorLimits, state: SensorState, point: Point): ValueCheck | undefined {
  const { stepCandidate, scaleChange, levels } = state
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
  state: SensorState,
  {
    lastAccepted,
    point,
    firmwareChangedAt,
  }: { lastAccepted: Point; point: Point; firmwareChangedAt: number },
): ValueCheck {
  const { stepCandidate } = state
  const isWithinLimit = isWithinJumpLimit(limits, lastAccepted, point)
  const isStep =
    stepCandidate !== undefined &&
    isWithinJumpLimit(limits, stepCandidate, point) &&
    isCloser(point, stepCandidate, lastAccepted)
  if (!isStep) return isWithinLimit ? acceptUnlessStuck(limits, state, point) : holdValue(state, point)
  const [since, firstValue] = stepCandidate
  const isAtUpdate = since >= firmwareChangedAt && since - firmwareChangedAt <= firmwareStepMs
  if (isAtUpdate && !isWithinLimit) {
    const change = { conversion: 'step', since, count: 2, level: point[1] }
    return suspectScale(state, change, [stepCandidate, point])
  }
  state.levels = [firstValue]
  return { ...acceptValue(state, point, 1), confirmedStepAt: since }
}

/** How long after a change of firmware a step may be its effect, ms. */
const firmwareStepMs = 3 * dayMs

function suspectScale(state: SensorState, scaleChange: ScaleChange, points: readonly Point[]): ValueCheck {
  const newestAt = points.at(-1)?.[0] ?? state.newestAt
  state.newestAt = newestAt
  state.scaleChange = scaleChange
  state.stepCandidate = undefined
  return rejectValue(
    state,
    newestAt,
    points.map((point) => ({ reason: 'scale', point })),
  )
}

function checkScaled(state: SensorState, scaleChange: ScaleChange, point: Point): ValueCheck {
  const decision = followScaleChange(scaleChange, state.levels, point)
  if (decision.is === 'returned') return acceptValue(state, point, 1)
  if (decision.is === 'real') {
    state.levels = []
    return acceptValue(state, point, 1)
  }
  state.newestAt = point[0]
  state.levels = [...decision.levels]
  state.scaleChange = decision.change
  return rejectValue(state, point[0], [{ reason: 'scale', point }])
}

function acceptUnlessStuck(limits: SensorLimits, state: SensorState, point: Point): ValueCheck {
  const { lastAccepted, stepCandidate } = state
  const run = lastAccepted?.[1] === point[1] ? state.repeatCount + 1 : 1
  if (run < limits.stuck) {
    const check = acceptValue(state, point, run)
    return stepCandidate === undefined
      ? check
      : { accepted: true, rejections: [{ reason: 'spike', point: stepCandidate }] }
  }
  // `lastAccepted` keeps its time, so that the jump limit grows: the true value since then is unknown.
  state.newestAt = point[0]
  state.repeatCount = run
  state.stepCandidate = undefined
  const spike: RejectedValue[] =
    stepCandidate === undefined ? [] : [{ reason: 'spike', point: stepCandidate }]
  return rejectValue(state, point[0], [...spike, { reason: 'stuck', point }])
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
export function resetSensorLevel(state: SensorState): void {
  state.lastAccepted = undefined
  state.stepCandidate = undefined
  state.levels = []
  state.scaleChange = undefined
  state.repeatCount = 0
}
