import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import { checkDeviceClock, type DeviceClockState } from './device-clock.ts'
import { FaultTracker, type SensorFaultEvent } from './fault-tracker.ts'
import type { SensorFaultState } from './sensor-fault.ts'
import type { SensorLimits } from './sensor-limits.ts'
import { checkValue, resetSensorLevel, type SensorState } from './value-check.ts'

/** What is remembered of a device's sensors and its clock. */
export interface QualityState {
  clock?: DeviceClockState
  /** By metric. */
  sensors: Readonly<Record<string, SensorState>>
  /** By metric, and `clock`. */
  faults: Readonly<Record<string, SensorFaultState>>
}

export interface QualityCheck {
  quality: QualityState | undefined
  /** What of the reading is believed; undefined when its time is not. */
  acceptedValues: Readonly<Record<string, number>> | undefined
  faultEvents: readonly SensorFaultEvent[]
}

/** Under which name trouble with the clock is told. */
const clockSensor = 'clock'

const emptyQualityState: QualityState = { sensors: {}, faults: {} }

/** Decide what of a reading the rules may see. Pure; a reading that is told again changes nothing. */
export function checkQuality(
  before: QualityState | undefined,
  reading: Reading,
  limits: ReadonlyMap<string, SensorLimits>,
): QualityCheck {
  const { clock, sensors, faults: troubles } = before ?? emptyQualityState
  const faultTracker = new FaultTracker(troubles)
  const clockCheck = checkDeviceClock(clock, reading)
  if (clockCheck.is === 'lost') {
    const point = [reading.ts, clockCheck.behindMs / dayMs] as const
    if (clockCheck.isNew) faultTracker.record(clockSensor, [{ reason: 'clock_reset', point }])
    return {
      quality: { clock: clockCheck.clock, sensors, faults: faultTracker.faults },
      acceptedValues: undefined,
      faultEvents: faultTracker.events,
    }
  }
  if (clockCheck.clock !== clock) faultTracker.record(clockSensor, [])
  const valueChecks = checkValues(sensors, reading, { limits, ledger: faultTracker })
  faultTracker.endUnmonitored((sensor) => sensor === clockSensor || limits.has(sensor))
  const same =
    clockCheck.clock === clock && valueChecks.sensors === sensors && faultTracker.faults === troubles
  const after: QualityState = {
    sensors: valueChecks.sensors,
    faults: faultTracker.faults,
    ...(clockCheck.clock ? { clock: clockCheck.clock } : {}),
  }
  return {
    quality: same ? before : after,
    acceptedValues: valueChecks.values,
    faultEvents: faultTracker.events,
  }
}

function checkValues(
  before: QualityState['sensors'],
  { ts, values }: Reading,
  { limits, ledger }: { limits: ReadonlyMap<string, SensorLimits>; ledger: FaultTracker },
): { sensors: QualityState['sensors']; values: Readonly<Record<string, number>> } {
  let sensors: Record<string, SensorState> | undefined
  let accepted = values
  for (const [metric, limit] of limits) {
    const value = values[metric]
    if (value === undefined) continue
    const { state, accepted: shown, rejections: marks } = checkValue(limit, before[metric], [ts, value])
    if (!shown) {
      const { [metric]: _, ...others } = accepted
      accepted = others
    }
    if (state === before[metric]) continue
    sensors ??= { ...before }
    sensors[metric] = state
    if (shown || marks.length > 0) ledger.record(metric, marks)
  }
  return { sensors: sensors ?? before, values: accepted }
}

/** A part was replaced: whatever its sensors say next is taken as it comes. */
export function resetSensorLevels(quality: QualityState): QualityState {
  const sensors = Object.entries(quality.sensors).map(([metric, state]) => [metric, resetSensorLevel(state)])
  return { ...quality, sensors: Object.fromEntries(sensors) }
}
