import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../../lib/package-root.ts'
import { createDetectorRegistry } from '../../../rules/detectors/registry.ts'
import { createEngine } from '../../../rules/engine/create-engine.ts'
import type { Engine } from '../../../rules/engine/engine.ts'
import { loadKinds } from '../../../rules/files/kinds.ts'
import { validateRuleText } from '../../../rules/files/load-rules.ts'
import { fieldDataFolder, hasFieldData } from '../testing/field-data.ts'
import { detectInDataset, type PartDetection } from './detect.ts'
import { imsBearing } from './ims-bearing.ts'
import { motorBearing } from './motor-bearing.ts'
import { computeDetectionMetrics, leadShareOf } from './summary.ts'

const rules = join(packageRoot, 'evaluation', 'recorded', 'rules')

/** The rules with one of their settings multiplied: what was chosen by hand must not matter much. */
async function engineWith(setting: string, factor: number): Promise<Engine> {
  const references = { kinds: await loadKinds(join(rules, 'kinds')), detectors: createDetectorRegistry() }
  const files = await readdir(join(rules, 'catalog'))
  const loaded = files.map(async (file) => {
    const text = await readFile(join(rules, 'catalog', file), 'utf8')
    const scaled = text.replaceAll(new RegExp(`\\b${setting}: (\\d+)`, 'g'), (_, value) => {
      return `${setting}: ${Math.round(Number(value) * factor)}`
    })
    const { rule, problems } = validateRuleText({ file, text: scaled }, references)
    if (rule === undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
    return rule.rule
  })
  return createEngine({ kinds: references.kinds, rules: await Promise.all(loaded) })
}

const shares = (parts: readonly PartDetection[]) =>
  parts.flatMap((part) => (part.part.fails ? [leadShareOf(part) ?? 0] : []))

describe.skipIf(!hasFieldData).each([
  ['least', 1],
  ['least', 0.7],
  ['least', 1.4],
  ['limit', 0.7],
  ['limit', 1.4],
  ['hold', 2],
])('recorded bearings, %s × %s', async (setting, factor) => {
  const engine = await engineWith(setting, factor)

  it('ims_bearing: no alarm on a healthy sensor, and both failures are detected', async () => {
    const detected = await detectInDataset(imsBearing, fieldDataFolder, engine)
    expect(computeDetectionMetrics(detected)).toMatchObject({
      failures: 2,
      detected: 2,
      healthySensors: 4,
      falseAlarms: 0,
      clearedAlarms: 0,
    })
    expect(Math.max(...shares(detected.parts))).toBeGreaterThan(0.1)
  })

  it('motor_bearing: each failure is detected in the first nine tenths of its life', async () => {
    const detected = await detectInDataset(motorBearing, fieldDataFolder, engine)
    expect(Math.min(...shares(detected.parts))).toBeGreaterThan(0.1)
    expect(computeDetectionMetrics(detected).clearedAlarms).toBeLessThanOrEqual(3)
  })
})
