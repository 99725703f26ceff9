// Dump all findings of many simulated device lives, with all rules and samples.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { createEngine } from './rules/engine/create-engine.ts'
import { allRules } from './rules/testing/all-rules.ts'
import { runScenario } from './rules/testing/device-scenarios.ts'
import { shippedKinds } from './rules/testing/rules.ts'
import { wearRanges } from './rules/testing/wear-ranges.ts'
import { simulatedFleetModel } from './golden-model.mts'
const [, , out = '/dev/stdout', lives = '6'] = process.argv
const dayMs = 86_400_000
const engine: any = createEngine({ kinds: shippedKinds, rules: allRules })
const stream = createWriteStream(out)
let n = 0, readings = 0
for (const kind of Object.keys(wearRanges)) {
  for (let seed = 0; seed < Number(lives); seed++) {
    const plan = {
      kind, seed, days: [90, 365, 200][seed % 3]!, readingsPerDay: [1, 4, 24][seed % 3]!, wornFraction: [0.5, 1.3, 1][seed % 3]!,
      faultRate: [0, 0.01, 0.1][(seed >> 1) % 3]!, replacedOnDay: seed % 2 ? 60 : null, silentDays: seed % 4 === 3 ? 15 : 0,
      hasBacklog: seed % 2 === 1, losesClock: seed % 3 === 2,
    }
    const run = runScenario(`${kind}-${seed}`, plan)
    let { state, findings } = engine.step(undefined, { type: 'device', device: run.device })
    const say = (fs: any[]) => { for (const f of fs) { n++; stream.write(JSON.stringify(f) + '\n') } }
    say(findings)
    let lastTick = 0
    for (const entry of run.entries) {
      const at = (entry as any).receivedAt
      if (at - lastTick > dayMs / 2) {
        lastTick = at
        const t = engine.step(state, { type: 'tick', at: at - 1 }, simulatedFleetModel)
        state = t.state; say(t.findings)
      }
      const input = entry.type === 'reading' ? entry : { type: 'part_replaced', device: run.device.id, component: (entry as any).component, ts: (entry as any).ts, receivedAt: at }
      const r = engine.step(state, input, simulatedFleetModel)
      state = r.state; say(r.findings); readings++
      if (seed % 3 === 0 && readings % 97 === 0) { const again = engine.step(state, input, simulatedFleetModel); state = again.state; say(again.findings) }
      if (readings % 501 === 0) state = JSON.parse(JSON.stringify(state))
    }
  }
}
stream.end()
console.error(n, 'findings', readings, 'readings')
