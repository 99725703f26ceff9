import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../contract/finding.ts'
import { createEngine } from './engine/create-engine.ts'
import type { DeviceState } from './engine/engine.ts'
import { loadRules } from './files/load-rules.ts'
import { catalogFolder, shippedKinds, shippedReferences } from './testing/rules.ts'

const folder =
  process.env.FIELD_DATA_DIR ?? fileURLToPath(new URL('../../shared/field-data', import.meta.url))
const readingsFile = join(folder, 'phone_battery/readings.csv')
const exists = existsSync(readingsFile)
if (!exists)
  process.stderr.write(`\n*** NO FIELD DATA IN ${folder}: its tests are skipped (FIELD_DATA_DIR) ***\n`)

type Reading = { ts: number; health: number }

/** Read the recorded readings of each unit, oldest first. */
function readUnits(): Map<string, Reading[]> {
  const units = new Map<string, Reading[]>()
  for (const line of readFileSync(readingsFile, 'utf8').trim().split('\n').slice(1)) {
    const [unit = '', , date = '', health = ''] = line.split(',')
    if (health === '') continue
    units.set(unit, [...(units.get(unit) ?? []), { ts: Date.parse(date), health: Number(health) }])
  }
  return units
}

describe.skipIf(!exists)('batteries of real phones, read about once a month', async () => {
  const rules = await loadRules([catalogFolder], shippedReferences)
  const engine = createEngine({ kinds: shippedKinds, rules })

  function findingsOf(device: string, readings: readonly Reading[]): Finding[] {
    let state: DeviceState | undefined
    const registered = engine.step(state, { type: 'device', device: { id: device, kind: 'phone' } })
    state = registered.state
    return readings.flatMap(({ ts, health }) => {
      const reading = { device, ts, values: { battery_health_pct: health } }
      const step = engine.step(state, { type: 'reading', reading })
      state = step.state
      return step.findings
    })
  }

  const units = [...(exists ? readUnits() : [])].map(([unit, readings]) => ({
    raised: findingsOf(unit, readings).find(({ state }) => state === 'raised')?.at,
    below: readings.find(({ health }) => health < 80)?.ts,
  }))
  const outcome = {
    predicted: units.filter(
      ({ raised, below }) => raised !== undefined && below !== undefined && raised < below,
    ),
    late: units.filter(({ raised, below }) => raised !== undefined && below !== undefined && raised >= below),
    missed: units.filter(({ raised, below }) => raised === undefined && below !== undefined),
    falseAlarms: units.filter(({ raised, below }) => raised !== undefined && below === undefined),
  }
  const counts = Object.entries(outcome).map(([name, { length }]) => `${name} ${length}`)
  process.stderr.write(`\nphone batteries of the field data: ${counts.join(', ')} of ${units.length}\n`)

  it('all have a finding when they go below 80 %, more than half of them before', () => {
    expect(outcome.missed).toEqual([])
    expect(outcome.predicted.length).toBeGreaterThan(outcome.late.length)
  })

  it('rarely have a finding while they stay above', () => {
    expect(outcome.falseAlarms.length).toBeLessThanOrEqual(2)
  })
})
