import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import { checkDeviceClock, type DeviceClockState } from './device-clock.ts'
import { clockSensor, FaultTracker, type SensorFaultEvent } from './fault-tracker.ts'
import type { SensorFaultState } from './sensor-fault.ts'
import type { SensorLimits } from './sensor-limits.ts'
import { createSensorState, type SensorState } from './sensor-state.ts'
import { checkValue, resetSensorLevel } from './value-check.ts'

/** State of the checks of a device's sensors and its clock; changed in place. */
export interface QualityState {
  clock: DeviceClockState | undefined
  /** Firmware at the newest reading, and the event time of the first reading with it, ms. */
  firmware: { version: string; changedAt?: number } | undefined
  /** By metric. */
  sensors: Record<string, SensorState>
  /** By metric, and `clock`. */
  faults: Record<string, SensorFaultState>
}

export interface QualityCheck {
  /** Accepted values of the reading; undefined when its event time is rejected. */
  acceptedValues: Readonly<Record<string, number>> | undefined
  /** By metric: event time of the value that was held back as a possible step and is now confirmed, ms. */
  confirmedSteps?: Readonly<Record<string, number>> | undefined
  faultEvents: readonly SensorFaultEvent[]
}

export function createQualityState(): QualityState {
  return { clock: undefined, firmware: undefined, sensors: {}, faults: {} }
}

/**
 * Check the clock and the values of a reading, and record them in the state; rules see only accepted values. A duplicate
 * changes nothing.
 * @param installed firmware that the device has announced
 */
export function checkQuality(
  state: QualityState,
  reading: Reading,
  limits: ReadonlyMap<string, SensorLimits>,
  installed?: string,
): QualityCheck {
  const faultTracker = new FaultTracker(state.faults)
  const clockCheck = checkDeviceClock(state.clock, reading)
  state.clock = clockCheck.clock
  if (clockCheck.is === 'lost') {
    const point = [reading.ts, clockCheck.behindMs / dayMs] as const
    if (clockCheck.isFirstReport) faultTracker.record(clockSensor, [{ reason: 'clock_reset', point }])
    return { acceptedValues: undefined, faultEvents: faultTracker.events }
  }
  if (limits.size > 0) state.firmware = currentFirmware(state.firmware, installed, reading.ts)
  if (clockCheck.isNewest) faultTracker.record(clockSensor, [])
  const check = checkValues(state, reading, limits, faultTracker)
  faultTracker.endUnmonitored(limits)
  check.faultEvents = faultTracker.events
  return check
}

/** Return the firmware after a reading; the same object when it did not change. */
function currentFirmware(
  before: QualityState['firmware'],
  installed: string | undefined,
  ts: number,
): QualityState['firmware'] {
  if (installed === undefined || installed === before?.version) return before
  return { version: installed, ...(before === undefined ? {} : { changedAt: ts }) }
}

function checkValues(
  { sensors, firmware }: QualityState,
  { ts, values }: Reading,
  limits: ReadonlyMap<string, SensorLimits>,
  faultTracker: FaultTracker,
): QualityCheck {
  let confirmedSteps: Record<string, number> | undefined
  let acceptedValues = values
  const firmwareChangedAt = firmware?.changedAt
  for (const [metric, limit] of limits) {
    const value = values[metric]
    if (value === undefined) continue
    sensors[metric] ??= createSensorState(Number.NEGATIVE_INFINITY)
    const state = sensors[metric]
    const isNewest = ts > state.newestAt
    const { accepted, rejections, confirmedStepAt } = checkValue(limit, state, [ts, value], firmwareChangedAt)
    if (confirmedStepAt !== undefined) confirmedSteps = { ...confirmedSteps, [metric]: confirmedStepAt }
    if (!accepted) {
      const { [metric]: _, ...others } = acceptedValues
      acceptedValues = others
    }
    if (isNewest && (accepted || rejections.length > 0)) faultTracker.record(metric, rejections)
  }
  return { acceptedValues, confirmedSteps, faultEvents: faultTracker.events }
}

/** Forget the level of all sensors after a part was replaced: the next value of each is accepted whatever the last was. */
export function resetSensorLevels({ sensors }: QualityState): void {
  for (const state of Object.values(sensors)) resetSensorLevel(state)
}
