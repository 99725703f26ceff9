import type { SensorLimits } from './limits.ts'

type Point = readonly [ts: number, value: number]

/** What is remembered of a sensor: plain data of bounded size. */
export interface SensorState {
  /** Event time of the newest value. */
  at: number
  /** The last value that was believed. */
  level?: Point
  /** How often in a row the level was measured, to the last digit. */
  run: number
  /** A value far from the level: the next one shows which of the two holds. */
  held?: Point
  /** Event times of the last values that were kept from the rules, oldest first. */
  hidden?: readonly number[]
}

type Reason = 'saturated' | 'stuck' | 'spike' | 'jump'

/** A value that was not believed, and why. */
export interface Mark {
  reason: Reason
  point: Point
}

export interface Sensed {
  state: SensorState
  /** Whether the rules may see it. */
  shown: boolean
  /** Values that are now known not to be measurements: this one, or the one that was held. */
  marks: readonly Mark[]
}

const hiddenKept = 16

/**
 * Judges one value of a sensor. What leaps is held back until the next value: near the old level it makes the leap a
 * spike; near the new one it confirms a step that really happened (a cleaned filter, a recalibration), at the price
 * of one value; near neither, the first was a jump, and now this one is held.
 *
 * A value not newer than the newest changes nothing: it is shown if it was not hidden before and fits the level.
 */
export function sense(limits: SensorLimits, state: SensorState | undefined, point: Point): Sensed {
  const [ts, value] = point
  if (state === undefined) state = { at: ts, run: 0 }
  else if (ts <= state.at) return { state, shown: isPlausibleLate(limits, state, point), marks: none }
  const isOnRail = value <= limits.rails[0] || value >= limits.rails[1]
  if (isOnRail) return { ...kept({ ...state, at: ts }, ts), marks: [{ reason: 'saturated', point }] }
  const { level, held } = state
  if (level === undefined) return atLevel(limits, state, point)
  const confirms = held !== undefined && isNear(limits, held, point) && isCloser(point, held, level)
  if (confirms) return believed(state, point, 1)
  if (isNear(limits, level, point)) return atLevel(limits, state, point)
  const marks = held === undefined ? [] : [{ reason: 'jump' as const, point: held }]
  return { ...kept({ ...state, at: ts, held: point }, ts), marks }
}

function atLevel(limits: SensorLimits, state: SensorState, point: Point): Sensed {
  const { level, held } = state
  const marks: Mark[] = held === undefined ? [] : [{ reason: 'spike', point: held }]
  const run = level?.[1] === point[1] ? state.run + 1 : 1
  if (run < limits.stuck) return { ...believed(state, point, run), marks }
  // The level keeps its time: how far the truth went since then is not known.
  const { held: _, ...rest } = state
  const stuck = kept({ ...rest, at: point[0], run }, point[0])
  return { ...stuck, marks: [...marks, { reason: 'stuck', point }] }
}

function believed({ hidden }: SensorState, point: Point, run: number): Sensed {
  const state: SensorState = { at: point[0], level: point, run }
  if (hidden !== undefined) state.hidden = hidden
  return { state, shown: true, marks: none }
}

const none: readonly Mark[] = []

function kept(state: SensorState, ts: number): Pick<Sensed, 'state' | 'shown'> {
  return { state: { ...state, hidden: [...(state.hidden ?? []), ts].slice(-hiddenKept) }, shown: false }
}

function isPlausibleLate(limits: SensorLimits, { level, hidden }: SensorState, point: Point): boolean {
  const [ts, value] = point
  if (hidden?.includes(ts) || value <= limits.rails[0] || value >= limits.rails[1]) return false
  return level === undefined || isNear(limits, level, point)
}

function isNear({ jump }: SensorLimits, [ts, value]: Point, [laterTs, laterValue]: Point): boolean {
  return Math.abs(laterValue - value) <= jump.by * Math.max(1, Math.abs(laterTs - ts) / jump.perMs)
}

function isCloser([, value]: Point, [, one]: Point, [, other]: Point): boolean {
  return Math.abs(value - one) < Math.abs(value - other)
}

/** A part was replaced: the next value is taken as it comes. */
export function withoutLevel({ level: _, held: __, ...state }: SensorState): SensorState {
  return { ...state, run: 0 }
}
