import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { groupBy } from './group-by.ts'
import type { PrognosticMetrics } from './metrics.ts'
import type { PrognosisDataset } from './prognosis-dataset.ts'
import { type ScoredDataset, scoreDatasets } from './score.ts'
import { calceBattery } from './sets/calce-battery.ts'
import { nasaBattery } from './sets/nasa-battery.ts'
import { phoneBattery } from './sets/phone-battery.ts'
import { summarizeDataset } from './summary.ts'
import { temporaryFolder } from './testing/folder.ts'

const folder =
  process.env.FIELD_DATA_DIR ?? fileURLToPath(new URL('../../../shared/field-data', import.meta.url))
const isThere = existsSync(join(folder, 'phone_battery/readings.csv'))
if (!isThere)
  process.stderr.write(`\n*** NO FIELD DATA IN ${folder}: its score is skipped (FIELD_DATA_DIR) ***\n`)

describe.skipIf(!isThere)('the events stated by the source are those of the readings', () => {
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

describe.skipIf(!isThere)('on recorded lifetimes of real parts', () => {
  let scored: readonly ScoredDataset[] = []
  beforeAll(async () => {
    scored = (await scoreDatasets({ data: folder, onProgress: () => undefined })).prognosis
  }, 180_000)
  const named = (name: string): ScoredDataset => {
    const set = scored.find((each) => each.dataset.name === name)
    if (set === undefined) throw new TypeError(`${folder} has no ${name}`)
    return set
  }
  const figures = (name: string, method: string): PrognosticMetrics | undefined =>
    summarizeDataset(named(name)).baselines.get(method)?.metrics

  /** Figures published with the data, where they are about the same units. */
  it('the simple methods reach their published figures', () => {
    expect(figures('liquid_filter', 'meanLife')?.meanAbsError).toBeCloseTo(3_100, -2)
    expect(figures('liquid_filter', 'peersFromLevel')?.meanAbsError).toBeGreaterThan(4_000)
    expect(figures('liquid_filter', 'peersFromLevel')?.meanAbsError).toBeLessThan(4_600)
    expect(figures('air_filter', 'meanLife')?.meanAbsErrorShareOfLife).toBeCloseTo(0.067, 2)
    expect(figures('air_filter', 'peersFromLevel')?.meanAbsErrorShareOfLife).toBeCloseTo(0.042, 2)
  })

  it.each([
    [60, 10],
    [80, -20],
  ])('a line through the last 30 of %i discharges is off by %i', (discharge, off) => {
    const { runs, dataset } = named('nasa_battery')
    const { recorded, forecasts } = groupBy(runs, (run) => run.recorded.unit).get('B0005')?.[0] ?? {}
    const answer = forecasts?.find(({ at }) => at === discharge * dataset.time.ms)?.answers.linearWindow
    expect(answer?.is === 'date' && (answer.p50 - (recorded?.event ?? 0)) / dataset.time.ms).toBeCloseTo(
      off,
      0,
    )
  })

  it('the forecast of phones is better than any simple method', () => {
    const { metrics: ours, baselines } = summarizeDataset(named('phone_battery'))
    expect(ours.withheld).toBe(0)
    expect(ours.medianAbsError).toBeLessThan(80 * 86_400_000)
    expect(ours.within30).toBeGreaterThan(0.45)
    for (const { metrics: theirs, both } of baselines.values()) {
      expect(both.ours).toBeLessThan(both.theirs ?? 0)
      expect(ours.within30).toBeGreaterThan(theirs.within30 ?? 1)
    }
  })

  it('the forecast of filters is within two seconds, and within 4 % of the life', () => {
    expect(summarizeDataset(named('liquid_filter')).metrics.meanAbsError).toBeLessThan(2_200)
    expect(summarizeDataset(named('air_filter')).metrics.meanAbsErrorShareOfLife).toBeLessThan(0.04)
  })
})
