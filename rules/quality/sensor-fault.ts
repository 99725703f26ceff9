import type { Evidence } from '../../contract/finding.ts'

/** Active fault of a sensor or of the clock. */
export interface SensorFault {
  reason: string
  /** Number of rejected values. */
  rejectedCount: number
  /** `rejectedCount` at the last report. */
  reportedCount: number
  /** Number of values accepted since the last rejected one. */
  acceptedSince: number
  updateCount: number
  /** Last rejected values, oldest first. */
  points: readonly (readonly [ts: number, value: number])[]
}

export interface SensorFaultState {
  /** Number of faults so far. */
  episode: number
  fault?: SensorFault
}

interface SensorFaultChange {
  state: 'raised' | 'updated' | 'cleared'
  episode: number
  update: number
  fault: SensorFault
}

/** Number of accepted values in a row that ends a fault. */
const acceptedToClear = 10
const maxPoints = 20

interface RejectedValue {
  reason: string
  point: readonly [ts: number, value: number]
}

/**
 * Record the result of one check. A fault is reported when it starts, each time its count of rejected values doubles, and
 * when it ends after `acceptedToClear` accepted values in a row, so that a long fault has few findings.
 * @param rejections empty when the value was accepted
 */
export function recordCheck(
  before: SensorFaultState | undefined,
  rejections: readonly RejectedValue[],
): { state: SensorFaultState; change?: SensorFaultChange } {
  const last = rejections.at(-1)
  const { episode, fault } = before ?? { episode: 0 }
  if (last === undefined) return fault ? recordAccepted(episode, fault) : { state: { episode } }
  const points = [...(fault?.points ?? []), ...rejections.map(({ point }) => point)].slice(-maxPoints)
  const count = (fault?.rejectedCount ?? 0) + rejections.length
  const now: SensorFault = {
    reportedCount: count,
    updateCount: 0,
    ...fault,
    reason: last.reason,
    rejectedCount: count,
    points,
    acceptedSince: 0,
  }
  if (fault === undefined) return reportFault('raised', episode + 1, now)
  if (count < 2 * fault.reportedCount) return { state: { episode, fault: now } }
  return reportFault('updated', episode, {
    ...now,
    reportedCount: count,
    updateCount: fault.updateCount + 1,
  })
}

function recordAccepted(
  episode: number,
  before: SensorFault,
): { state: SensorFaultState; change?: SensorFaultChange } {
  const fault: SensorFault = { ...before, acceptedSince: before.acceptedSince + 1 }
  if (fault.acceptedSince < acceptedToClear) return { state: { episode, fault } }
  return endFault({ episode, fault })
}

/** End an active fault. */
export function endFault({ episode, fault }: SensorFaultState): {
  state: SensorFaultState
  change?: SensorFaultChange
} {
  if (fault === undefined) return { state: { episode } }
  return {
    state: { episode },
    change: { state: 'cleared', episode, update: fault.updateCount, fault },
  }
}

function reportFault(
  state: 'raised' | 'updated',
  episode: number,
  fault: SensorFault,
): { state: SensorFaultState; change: SensorFaultChange } {
  return { state: { episode, fault }, change: { state, episode, update: fault.updateCount, fault } }
}

/** Return the part of a finding's evidence that describes the fault. */
export function sensorFaultEvidence({
  reason,
  rejectedCount,
  points,
}: SensorFault): Partial<Evidence> & Pick<Evidence, 'points'> {
  const value = points.at(-1)?.[1]
  return {
    ...(value === undefined ? {} : { value }),
    reason,
    count: rejectedCount,
    points: points.map(([ts, value]) => [ts, value]),
  }
}
