import type { Evidence } from '../../contract/finding.ts'

/** What is wrong with a sensor, or a clock, for as long as it lasts. */
export interface SensorFault {
  reason: string
  /** Of values that were not believed. */
  rejectedCount: number
  /** The count that was last told. */
  reportedCount: number
  /** Values since then that were believed. */
  acceptedSince: number
  updateCount: number
  /** The last values that were not believed, oldest first. */
  points: readonly (readonly [ts: number, value: number])[]
}

export interface SensorFaultState {
  /** Counts the troubles so far. */
  episode: number
  fault?: SensorFault
}

interface SensorFaultChange {
  state: 'raised' | 'updated' | 'cleared'
  episode: number
  update: number
  fault: SensorFault
}

/** As many believed values in a row end a trouble. */
const acceptedToClear = 10
const maxPoints = 20

interface RejectedValue {
  reason: string
  point: readonly [ts: number, value: number]
}

/**
 * Record what was not believed. A trouble is told when it begins, each time that its count has doubled, and when ten
 * values in a row were believed: however long it lasts, there are few findings.
 * @param marks none when a value was believed
 */
export function recordCheck(
  before: SensorFaultState | undefined,
  marks: readonly RejectedValue[],
): { state: SensorFaultState; change?: SensorFaultChange } {
  const last = marks.at(-1)
  const { episode, fault: trouble } = before ?? { episode: 0 }
  if (last === undefined) return trouble ? recordAccepted(episode, trouble) : { state: { episode } }
  const points = [...(trouble?.points ?? []), ...marks.map(({ point }) => point)].slice(-maxPoints)
  const count = (trouble?.rejectedCount ?? 0) + marks.length
  const now: SensorFault = {
    reportedCount: count,
    updateCount: 0,
    ...trouble,
    reason: last.reason,
    rejectedCount: count,
    points,
    acceptedSince: 0,
  }
  if (trouble === undefined) return reportFault('raised', episode + 1, now)
  if (count < 2 * trouble.reportedCount) return { state: { episode, fault: now } }
  return reportFault('updated', episode, {
    ...now,
    reportedCount: count,
    updateCount: trouble.updateCount + 1,
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

/** End a trouble that lasts. */
export function endFault({ episode, fault: trouble }: SensorFaultState): {
  state: SensorFaultState
  change?: SensorFaultChange
} {
  if (trouble === undefined) return { state: { episode } }
  return {
    state: { episode },
    change: { state: 'cleared', episode, update: trouble.updateCount, fault: trouble },
  }
}

function reportFault(
  state: 'raised' | 'updated',
  episode: number,
  fault: SensorFault,
): { state: SensorFaultState; change: SensorFaultChange } {
  return { state: { episode, fault }, change: { state, episode, update: fault.updateCount, fault } }
}

/** The part of the evidence that a trouble gives. */
export function sensorFaultEvidence({
  reason,
  rejectedCount: count,
  points,
}: SensorFault): Partial<Evidence> & Pick<Evidence, 'points'> {
  const value = points.at(-1)?.[1]
  return {
    ...(value === undefined ? {} : { value }),
    reason,
    count,
    points: points.map(([ts, value]) => [ts, value]),
  }
}
