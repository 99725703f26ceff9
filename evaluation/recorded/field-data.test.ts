import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { groupBy } from '../../lib/group-by.ts'
import type { PrognosisDataset } from './prognosis-dataset.ts'
import type { ScoredDataset } from './score-dataset.ts'
import { calceBattery } from './sets/calce-battery.ts'
import { nasaBattery } from './sets/nasa-battery.ts'
import { phoneBattery } from './sets/phone-battery.ts'
import { summarizeDataset } from './summary.ts'
import {
  datasetNamed,
  fieldDataFolder as folder,
  hasFieldData,
  scoreFieldData,
} from './testing/field-data.ts'
import { temporaryFolder } from './testing/folder.ts'

describe.skipIf(!hasFieldData)('the events stated by the source are those of the readings', () => {
  it.each([
    [phoneBattery, 'readings.csv'],
    [nasaBattery, 'capacity_per_discharge.csv'],
    [calceBattery, 'capacity_per_cycle.csv'],
  ])('$name', async (set: PrognosisDataset, file) => {
    const source = join(folder, set.name)
    const readingsOnly = await temporaryFolder({ [file]: readFileSync(join(source, file), 'utf8') })
    const ends = async (from: string) =>
      (await set.read(from)).flatMap(({ lifetimes }) => lifetimes.map(({ unit, event }) => [unit, event]))
    expect(await ends(readingsOnly)).toEqual(await ends(source))
  })
})

describe.skipIf(!hasFieldData)('on recorded lifetimes of batteries', () => {
  let scored: readonly ScoredDataset[] = []
  beforeAll(async () => {
    scored = await scoreFieldData(['phone_battery', 'nasa_battery'])
  }, 180_000)

  it.each([
    [60, 10],
    [80, -20],
  ])('a line through the last 30 of %i discharges is off by %i', (discharge, off) => {
    const { runs, dataset } = datasetNamed(scored, 'nasa_battery')
    const { recorded, forecasts } = groupBy(runs, (run) => run.recorded.unit).get('B0005')?.[0] ?? {}
    const answer = forecasts?.find(({ at }) => at === discharge * dataset.time.ms)?.answers.linearWindow
    expect(answer?.is === 'date' && (answer.p50 - (recorded?.event ?? 0)) / dataset.time.ms).toBeCloseTo(
      off,
      0,
    )
  })

  it('the forecast of phones is better than any simple method', () => {
    const { metrics: ours, baselines } = summarizeDataset(datasetNamed(scored, 'phone_battery'))
    expect(ours.withheld).toBe(0)
    expect(ours.medianAbsError).toBeLessThan(80 * 86_400_000)
    expect(ours.within30).toBeGreaterThan(0.45)
    for (const { metrics: theirs, both } of baselines.values()) {
      expect(both.ours).toBeLessThan(both.theirs ?? 0)
      expect(ours.within30).toBeGreaterThan(theirs.within30 ?? 1)
    }
  })
})
