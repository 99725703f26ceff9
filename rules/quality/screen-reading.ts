import type { Finding } from '../../contract/finding.ts'
import type { Reading } from '../../contract/reading.ts'
import { addDerivedMetrics } from '../derived/add-derived-metrics.ts'
import type { CompiledKind } from '../engine/compile.ts'
import { createFinding } from '../engine/create-finding.ts'
import type { DeviceState } from '../engine/engine.ts'
import { epochOf } from '../engine/epochs.ts'
import { wholeDevice } from '../files/rule.ts'
import type { SensorFaultEvent } from './fault-tracker.ts'
import { checkQuality } from './quality-check.ts'
import { sensorFaultEvidence } from './sensor-fault.ts'

export interface ScreenedReading {
  state: DeviceState
  /** With what is believed of it and what follows from that; undefined when its time is not believed. */
  reading: Reading | undefined
  /** Of the built-in rules `sensor.<metric>`. */
  findings: Finding[]
}

/** What of a reading goes on to the rules. */
export function screenReading(before: DeviceState, reading: Reading, kind: CompiledKind): ScreenedReading {
  const {
    quality,
    acceptedValues: values,
    faultEvents: news,
  } = checkQuality(before.quality, reading, kind.sensors)
  const state = quality === before.quality || quality === undefined ? before : { ...before, quality }
  const at = values === undefined ? (before.newestReadingAt ?? reading.ts) : reading.ts
  const findings = news.map((one) => sensorFaultFinding(state, one, { at, kind }))
  if (values === undefined) return { state, reading: undefined, findings }
  return { state, reading: { ...reading, values: addDerivedMetrics(values, kind.derivations) }, findings }
}

/** Nobody is told and no ticket is opened: it marks what was not believed, and says why no rule saw it. */
function sensorFaultFinding(
  state: DeviceState,
  { sensor, fault: trouble, ...change }: SensorFaultEvent,
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
  const evidence = { detector: 'quality', metric: sensor, unit, ...sensorFaultEvidence(trouble) }
  const epoch = epochOf(state, wholeDevice).number
  return createFinding(rule, change, { device: state.device.id, epoch, at, evidence, trial: {} })
}
