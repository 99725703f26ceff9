import type { Finding } from '../../contract/finding.ts'
import type { Reading } from '../../contract/reading.ts'
import { withDerived } from '../derived/with-derived.ts'
import { wholeDevice } from '../files/rule.ts'
import { gate } from '../quality/gate.ts'
import type { SensorNews } from '../quality/ledger.ts'
import { troubleEvidence } from '../quality/trouble.ts'
import type { CompiledKind } from './compile.ts'
import type { DeviceState } from './engine.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'

export interface Believed {
  state: DeviceState
  /** With what is believed of it and what follows from that; undefined when its time is not believed. */
  reading: Reading | undefined
  /** Of the built-in rules `sensor.<metric>`. */
  findings: Finding[]
}

/** What of a reading goes on to the rules. */
export function believe(before: DeviceState, reading: Reading, kind: CompiledKind): Believed {
  const { quality, values, news } = gate(before.quality, reading, kind.sensors)
  const state = quality === before.quality || quality === undefined ? before : { ...before, quality }
  const at = values === undefined ? (before.newest ?? reading.ts) : reading.ts
  const findings = news.map((one) => sensorFinding(state, one, { at, kind }))
  if (values === undefined) return { state, reading: undefined, findings }
  return { state, reading: { ...reading, values: withDerived(values, kind.derivations) }, findings }
}

/** Nobody is told and no ticket is opened: it marks what was not believed, and says why no rule saw it. */
function sensorFinding(
  state: DeviceState,
  { sensor, trouble, ...change }: SensorNews,
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
  const evidence = { detector: 'quality', metric: sensor, unit, ...troubleEvidence(trouble) }
  const epoch = epochOf(state, wholeDevice).number
  return findingOf(rule, change, { device: state.device.id, epoch, at, evidence, trial: {} })
}
