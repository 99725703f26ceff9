import { join } from 'node:path'
import type { Finding } from '../../../contract/finding.ts'
import { packageRoot } from '../../../lib/package-root.ts'
import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import { createDetectorRegistry } from '../../../rules/detectors/registry.ts'
import { createEngine } from '../../../rules/engine/create-engine.ts'
import type { Engine } from '../../../rules/engine/engine.ts'
import { loadKinds } from '../../../rules/files/kinds.ts'
import { loadRules } from '../../../rules/files/load-rules.ts'

const folder = join(packageRoot, 'evaluation', 'recorded', 'rules')

/** Create the product's engine with the rule for bearings. */
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

/** Replay the points of a sensor through the engine, oldest first, and return the alarms. */
export function replayAlarms(engine: Engine, device: string, points: readonly Point[]): AlarmInterval[] {
  let { state } = engine.step(undefined, { type: 'device', device: { id: device, kind: 'bearing' } })
  const alarms: AlarmInterval[] = []
  for (const [ts, value] of points) {
    const reading = { device, ts, values: { vibration_g: value } }
    const step = engine.step(state, { type: 'reading', reading })
    state = step.state
    for (const finding of step.findings) recordFinding(alarms, finding)
  }
  return alarms
}

function recordFinding(alarms: AlarmInterval[], { state, at }: Finding): void {
  if (state === 'raised') alarms.push({ from: at })
  const last = alarms.at(-1)
  if (state === 'cleared' && last !== undefined) last.until = at
}
