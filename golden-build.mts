import { writeFileSync } from 'node:fs'
import { createEngine } from './rules/engine/create-engine.ts'
import { FleetModelBuilder } from './rules/fleet-model/fleet-model-builder.ts'
import { allRules } from './rules/testing/all-rules.ts'
import { runScenario } from './rules/testing/device-scenarios.ts'
import { shippedKinds } from './rules/testing/rules.ts'
import { wearRanges } from './rules/testing/wear-ranges.ts'
const engine: any = createEngine({ kinds: shippedKinds, rules: allRules })
const builder: any = new (FleetModelBuilder as any)(engine)
for (const kind of Object.keys(wearRanges)) for (let seed = 100; seed < 125; seed++) {
  const run = runScenario(`${kind}-${seed}`, { kind, seed, days: 300 + (seed % 5) * 20, readingsPerDay: 1, wornFraction: 0.4 + (seed % 10) / 10, faultRate: 0.01, replacedOnDay: seed % 2 ? 250 : null, silentDays: 0, hasBacklog: false, losesClock: false })
  let { state } = engine.step(undefined, { type: 'device', device: run.device })
  for (const e of run.entries as any[]) state = engine.step(state, e.type === 'reading' ? e : { type: 'part_replaced', device: run.device.id, component: e.component, ts: e.ts, receivedAt: e.receivedAt }).state
  builder.add(state)
}
writeFileSync('/work/golden/model.json', JSON.stringify(builder.build(Date.UTC(2027,0,1))))
