import { createEngine } from './rules/engine/create-engine.ts'
import { allRules } from './rules/testing/all-rules.ts'
import { runScenario } from './rules/testing/device-scenarios.ts'
import { shippedKinds } from './rules/testing/rules.ts'
import { readdirSync } from 'node:fs'
const kind = process.argv[2] ?? 'robot_vacuum'
const rules = allRules.filter((r: any) => r.kind === kind && readdirSync('rules/catalog', { recursive: true }).some((f: any) => String(f).includes(r.name.split('.')[1])))
const engine: any = createEngine({ kinds: shippedKinds, rules })
const lives = Array.from({ length: 10 }, (_, seed) => runScenario(`${kind}-${seed}`, { kind, seed, days: 365, readingsPerDay: 24, wornFraction: 0.9, faultRate: 0.001, replacedOnDay: null, silentDays: 0, hasBacklog: false, losesClock: false }))
const round = () => { let n = 0; for (const { device, entries } of lives) { let { state } = engine.step(undefined, { type: 'device', device }); for (const e of entries as any[]) { state = engine.step(state, e).state; n++ } } return n }
round()
for (let i = 0; i < 3; i++) { const c = process.cpuUsage(), t = performance.now(); const n = round(); const d = process.cpuUsage(c); console.log(rules.length, 'rules', ((d.user + d.system) / n).toFixed(2), 'us/reading cpu', ((performance.now() - t) * 1e3 / n).toFixed(2), 'wall') }
