import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import { checkDeviceClock, type DeviceClockState } from './device-clock.ts'
import { FaultTracker, type SensorFaultEvent } from './fault-tracker.ts'
import type { SensorFaultState } from './sensor-fault.ts'
import type { SensorLimits } from './sensor-limits.ts'
import type { SensorState } from './sensor-state.ts'
import { checkValue, resetSensorLevel } from './value-check.ts'

/** State of the checks of a device's sensors and its clock. */
export interface QualityState {
  clock?: DeviceClockState
  /** Firmware at the newest reading, and the event time of the first reading with it, ms. */
  firmware?: { version: string; changedAt?: number }
  /** By metric. */
  sensors: Readonly<Record<string, SensorState>>
  /** By metric, and `clock`. */
  faults: Readonly<Record<string, SensorFaultState>>
}

export interface QualityCheck {
  quality: QualityState | undefined
  /** Accepted values of the reading; undefined when its event time is rejected. */
  acceptedValues: Readonly<Record<string, number>> | undefined
  /** By metric: event time of the value that was held back as a possible step and is now confirmed, ms. */
  confirmedSteps?: Readonly<Record<string, number>>
  faultEvents: readonly SensorFaultEvent[]
}

/** Name under which faults of the clock are reported. */
const clockSensor = 'clock'

const emptyQualityState: QualityState = { sensors: {}, faults: {} }

/**
 * Check the clock and the values of a reading; rules see only accepted values. Pure; a duplicate changes nothing.
 * @param installed firmware that the device has announced
 */
export function checkQuality(
  before: QualityState | undefined,
  reading: Reading,
  limits: ReadonlyMap<string, SensorLimits>,
  installed?: string,
): QualityCheck {
  const { clock, sensors, faults } = before ?? emptyQualityState
  const firmware =
    limits.size === 0 ? before?.firmware : currentFirmware(before?.firmware, installed, reading.ts)
  const faultTracker = new FaultTracker(faults)
  const clockCheck = checkDeviceClock(clock, reading)
  if (clockCheck.is === 'lost') {
    const point = [reading.ts, clockCheck.behindMs / dayMs] as const
    if (clockCheck.isFirstReport) faultTracker.record(clockSensor, [{ reason: 'clock_reset', point }])
    return {
      quality: {
        clock: clockCheck.clock,
        sensors,
        faults: faultTracker.faults,
        ...(before?.firmware ? { firmware: before.firmware } : {}),
      },
      acceptedValues: undefined,
      faultEvents: faultTracker.events,
    }
  }
  if (clockCheck.clock !== clock) faultTracker.record(clockSensor, [])
  const valueChecks = checkValues(sensors, reading, {
    limits,
    faultTracker,
    firmwareChangedAt: firmware?.changedAt,
  })
  faultTracker.endUnmonitored((sensor) => sensor === clockSensor || limits.has(sensor))
  const isUnchanged =
    clockCheck.clock === clock &&
    firmware === before?.firmware &&
    valueChecks.sensors === sensors &&
    faultTracker.faults === faults
  const after: QualityState = {
    sensors: valueChecks.sensors,
    faults: faultTracker.faults,
    ...(clockCheck.clock ? { clock: clockCheck.clock } : {}),
    ...(firmware ? { firmware } : {}),
  }
  return {
    quality: isUnchanged ? before : after,
    acceptedValues: valueChecks.values,
    ...(valueChecks.confirmedSteps ? { confirmedSteps: valueChecks.confirmedSteps } : {}),
    faultEvents: faultTracker.events,
  }
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
  before: QualityState['sensors'],
  { ts, values }: Reading,
  {
    limits,
    faultTracker,
    firmwareChangedAt,
  }: {
    limits: ReadonlyMap<string, SensorLimits>
    faultTracker: FaultTracker
    firmwareChangedAt: number | undefined
  },
): Pick<QualityState, 'sensors'> & Pick<QualityCheck, 'confirmedSteps'> & Pick<Reading, 'values'> {
  let sensors: Record<string, SensorState> | undefined
  let confirmedSteps: Record<string, number> | undefined
  let accepted = values
  for (const [metric, limit] of limits) {
    const value = values[metric]
    if (value === undefined) continue
    const check = checkValue(limit, before[metric], [ts, value], firmwareChangedAt)
    const { state, accepted: isAccepted, rejections, confirmedStepAt } = check
    if (confirmedStepAt !== undefined) confirmedSteps = { ...confirmedSteps, [metric]: confirmedStepAt }
    if (!isAccepted) {
      const { [metric]: _, ...others } = accepted
      accepted = others
    }
    if (state === before[metric]) continue
    sensors ??= { ...before }
    sensors[metric] = state
    if (isAccepted || rejections.length > 0) faultTracker.record(metric, rejections)
  }
  return { sensors: sensors ?? before, values: accepted, ...(confirmedSteps && { confirmedSteps }) }
}

/** Forget the level of all sensors after a part was replaced: the next value of each is accepted whatever the last was. */
export function resetSensorLevels(quality: QualityState): QualityState {
  const sensors = Object.entries(quality.sensors).map(([metric, state]) => [metric, resetSensorLevel(state)])
  return { ...quality, sensors: Object.fromEntries(sensors) }
}
