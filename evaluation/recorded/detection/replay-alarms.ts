import { join } from 'node:path'
import type { Finding } from '../../../contract/finding.ts'
import { packageRoot } from '../../../lib/package-root.ts'
import { createDetectorRegistry } from '../../../rules/detectors/registry.ts'
import { createEngine } from '../../../rules/engine/create-engine.ts'
import type { Engine } from '../../../rules/engine/engine.ts'
import { loadKinds } from '../../../rules/files/kinds.ts'
import { loadRules } from '../../../rules/files/load-rules.ts'
import type { RecordedDevice } from './monitored-part.ts'

const folder = join(packageRoot, 'evaluation', 'recorded', 'rules')

/** Create the product's engine with the rules for bearings. */
export async function createBearingEngine(): Promise<Engine> {
  const kinds = await loadKinds(join(folder, 'kinds'))
  const references = { kinds, detectors: createDetectorRegistry() }
  return createEngine({ kinds, rules: await loadRules([join(folder, 'catalog')], references) })
}

/** A finding from raised to cleared, ms; without `until` when it is active at the end of the record. */
export interface AlarmInterval {
  from: number
  until?: number
}

/** Replay the readings of a device through the engine, and return its alarms by component, in the order of time. */
export function replayAlarms(
  engine: Engine,
  { id, kind, readings }: RecordedDevice,
): ReadonlyMap<string, readonly AlarmInterval[]> {
  let { state } = engine.step(undefined, { type: 'device', device: { id, kind } })
  const alarms = new Map<string, AlarmInterval[]>()
  for (const { ts, values } of readings) {
    const step = engine.step(state, { type: 'reading', reading: { device: id, ts, values: { ...values } } })
    state = step.state
    for (const finding of step.findings) recordFinding(alarms, finding)
  }
  return alarms
}

function recordFinding(alarms: Map<string, AlarmInterval[]>, { component, state, at }: Finding): void {
  const ofComponent = alarms.get(component) ?? []
  alarms.set(component, ofComponent)
  if (state === 'raised') ofComponent.push({ from: at })
  const last = ofComponent.at(-1)
  if (state === 'cleared' && last !== undefined) last.until = at
}
