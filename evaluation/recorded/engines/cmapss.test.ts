import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lifetimesTable, scoreLifetimes } from '../lifetimes/score-lifetimes.ts'
import { fieldDataFolder, hasFieldData } from '../testing/field-data.ts'
import { temporaryFolder } from '../testing/folder.ts'
import { cmapss } from './cmapss.ts'
import { cutsOf, readEngines } from './engines.ts'

interface EngineFile {
  name: string
  lifetime: number
  /** Cycles that are known; the rest is cut off. */
  known?: number
}

/** Engines of which two sensors drift in the last 120 cycles, and a third does nothing. */
function engineFiles(engines: readonly EngineFile[]): Record<string, string> {
  const units = engines.map(({ name, lifetime, known = lifetime }) => {
    return `${name},X,${known},${lifetime - known},${known === lifetime ? 1 : 0}\n`
  })
  const readings = engines.flatMap(({ name, lifetime, known = lifetime }) =>
    Array.from({ length: known }, (_, n) => {
      const wear = Math.max(0, n - lifetime + 120)
      const noise = (seed: number) => Math.sin(n * 12.9898 + lifetime * seed)
      const values = [100 + 0.1 * wear + noise(1), 20 - 0.05 * wear + noise(2), 5 + noise(3)]
      return `${name},${n + 1},${values.map((value) => value.toFixed(4)).join(',')}\n`
    }),
  )
  return {
    'cmapss/units.csv': `unit,subset,last_cycle,rul_cycles,failed\n${units.join('')}`,
    'cmapss/readings.csv': `unit,cycle,s1,s2,s3\n${readings.join('')}`,
  }
}

const ran = Array.from({ length: 20 }, (_, n) => ({ name: `e${n}`, lifetime: 170 + 5 * ((n * 7) % 20) }))

test('engines are predicted better than by their age, each without itself', async () => {
  const data = await temporaryFolder(engineFiles(ran))
  const scored = await scoreLifetimes(cmapss, data, data)
  const { rmse, baselines } = scored.score.json as {
    rmse: { value: number }
    baselines: { meanLife: { rmse: number } }
  }
  expect(scored.score.json).toMatchObject({ engines: 20 })
  expect(rmse.value).toBeLessThan(15)
  expect(baselines.meanLife.rmse).toBeGreaterThan(20)
  expect(lifetimesTable(scored)).toContain('best single sensor')
})

test('engines that are cut before their end are predicted from those of another folder, also of the same name', async () => {
  const training = await temporaryFolder(engineFiles(ran))
  const cut = [
    { name: 'e0', lifetime: 222, known: 180 },
    { name: 'other', lifetime: 213, known: 200 },
  ]
  const data = await temporaryFolder(engineFiles(cut))
  const { engines } = await readEngines(join(data, 'cmapss'))
  expect(engines.flatMap(cutsOf).map(({ remaining }) => remaining)).toEqual([
    ...new Array(5).fill(42),
    ...new Array(5).fill(13),
  ])
  const { score } = await scoreLifetimes(cmapss, data, training)
  expect(score.json).toMatchObject({ engines: 2 })
  expect((score.json as { rmse: { value: number } }).rmse.value).toBeLessThan(15)
})

test('engines that ran to their end are cut between 30 and 95 % of it', async () => {
  const data = await temporaryFolder(engineFiles(ran))
  const { sensors, engines } = await readEngines(join(data, 'cmapss'))
  expect(sensors).toEqual(['s1', 's2', 's3'])
  for (const engine of engines) {
    const shares = cutsOf(engine).map(({ cycle }) => cycle / engine.rows.length)
    expect(new Set(shares).size).toBeGreaterThan(2)
    expect(Math.min(...shares)).toBeGreaterThan(0.29)
    expect(Math.max(...shares)).toBeLessThan(0.96)
  }
})

test('a file without a column, or with a gap, is rejected', async () => {
  const whole = engineFiles(ran.slice(0, 1))
  const without = await temporaryFolder({ ...whole, 'cmapss/units.csv': 'unit,last_cycle\ne0,5\n' })
  await expect(cmapss.score(join(without, 'cmapss'), undefined)).rejects.toThrow('rul_cycles')
  const gap = await temporaryFolder({ ...whole, 'cmapss/readings.csv': 'unit,cycle,s1,s2\ne0,1,,3\n' })
  await expect(cmapss.score(join(gap, 'cmapss'), undefined)).rejects.toThrow('s1')
})

test.skipIf(!hasFieldData)('the engines of the field data, within the known figures', async () => {
  const { score } = await scoreLifetimes(cmapss, fieldDataFolder, fieldDataFolder)
  const { rmse, score: penalty, coverage } = score.json as Record<string, { value: number }>
  expect(rmse?.value).toBeLessThan(13)
  expect(penalty?.value).toBeLessThan(250)
  expect(coverage?.value).toBeGreaterThan(0.75)
  expect(coverage?.value).toBeLessThan(0.93)
})
