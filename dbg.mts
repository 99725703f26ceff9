import { createEngine } from './rules/engine/create-engine.ts'
import { allRules } from './rules/testing/all-rules.ts'
import { runScenario } from './rules/testing/device-scenarios.ts'
import { shippedKinds } from './rules/testing/rules.ts'
import { existsSync, readFileSync } from 'node:fs'
const [, , kind = '', seedText = '5', ruleName = ''] = process.argv
const model = JSON.parse(readFileSync('/work/golden/model.json', 'utf8'))
const seed = Number(seedText), dayMs = 86_400_000
const engine: any = createEngine({ kinds: shippedKinds, rules: allRules })
const plan = { kind, seed, days: [90, 365, 200][seed % 3]!, readingsPerDay: [1, 4, 24][seed % 3]!, wornFraction: [0.5, 1.3, 1][seed % 3]!, faultRate: [0, 0.01, 0.1][(seed >> 1) % 3]!, replacedOnDay: seed % 2 ? 60 : null, silentDays: seed % 4 === 3 ? 15 : 0, hasBacklog: seed % 2 === 1, losesClock: seed % 3 === 2 }
const run = runScenario(`${kind}-${seed}`, plan)
let { state } = engine.step(undefined, { type: 'device', device: run.device })
let lastTick = 0
const flat = (x: any): any => Array.isArray(x) ? x.map(flat).flat() : x && typeof x === 'object' ? Object.fromEntries(Object.entries(x).filter(([, v]) => v !== undefined && v !== false).sort(([a], [b]) => a < b ? -1 : 1).map(([k, v]) => [k, flat(v)])) : x
for (const entry of run.entries as any[]) {
  const at = entry.receivedAt
  if (at - lastTick > dayMs / 2) { lastTick = at; state = engine.step(state, { type: 'tick', at: at - 1 }, model).state }
  const input = entry.type === 'reading' ? entry : { type: 'part_replaced', device: run.device.id, component: entry.component, ts: entry.ts, receivedAt: at }
  state = engine.step(state, input, model).state
  const r = state.rules[ruleName]
  console.log(at, JSON.stringify(flat(r?.memory ?? r?.detectorState ?? null)))
}
