import type { Finding } from '../../contract/finding.ts'
import type { Reading } from '../../contract/reading.ts'
import { addDerivedMetrics, addDerivedSteps } from '../derived/add-derived-metrics.ts'
import type { Sample } from '../detectors/detector.ts'
import type { CompiledKind } from '../engine/compile.ts'
import { createFinding } from '../engine/create-finding.ts'
import type { DeviceState, StepOutput } from '../engine/engine.ts'
import { epochOf } from '../engine/evaluation-context.ts'
import { wholeDevice } from '../files/rule.ts'
import type { SensorFaultEvent } from './fault-tracker.ts'
import { checkQuality, createQualityState } from './quality-check.ts'
import { sensorFaultEvidence } from './sensor-fault.ts'

/** Reading as rules see it: its accepted values, and the metrics derived from them. */
export interface ScreenedReading extends Sample {
  hist?: boolean
}

/**
 * Reduce a reading to what rules may see, and add the derived metrics.
 * @param output gets the findings of the built-in rules `sensor.<metric>` and `sensor.clock`
 * @returns undefined when the event time of the reading is rejected
 */
export function screenReading(
  state: DeviceState,
  reading: Reading,
  kind: CompiledKind,
  { findings }: Pick<StepOutput, 'findings'>,
): ScreenedReading | undefined {
  state.quality ??= createQualityState()
  const check = checkQuality(state.quality, reading, kind.sensors, state.device.firmware)
  const { acceptedValues, confirmedSteps, faultEvents } = check
  const at = acceptedValues === undefined ? (state.newestReadingAt ?? reading.ts) : reading.ts
  for (const event of faultEvents) findings.push(sensorFaultFinding(state, event, { at, kind }))
  if (acceptedValues === undefined) return undefined
  const screened: ScreenedReading = {
    ts: reading.ts,
    values: addDerivedMetrics(acceptedValues, kind.derivations),
  }
  if (reading.hist !== undefined) screened.hist = reading.hist
  if (confirmedSteps !== undefined)
    screened.confirmedSteps = addDerivedSteps(confirmedSteps, acceptedValues, kind.derivations)
  return screened
}

/** Create the finding of a sensor fault: it documents rejected values and has neither notice nor ticket. */
function sensorFaultFinding(
  state: DeviceState,
  { sensor, fault, ...change }: SensorFaultEvent,
  { at, kind }: { at: number; kind: CompiledKind },
): Finding {
  const rule = {
    name: `sensor.${sensor}`,
    version: 'built-in',
    component: wholeDevice,
    severity: 'warning',
    notice: undefined,
    ticket: undefined,
  } as const
  const unit = kind.sensors.get(sensor)?.unit ?? 'd'
  const evidence = { detector: 'quality', metric: sensor, unit, ...sensorFaultEvidence(fault) }
  const epoch = epochOf(state, wholeDevice).number
  return createFinding(rule, change, { device: state.device.id, epoch, at, evidence, trial: {} })
}
