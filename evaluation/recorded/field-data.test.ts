import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { groupBy } from './group-by.ts'
import type { Figures } from './metrics.ts'
import type { PrognosisSet } from './recorded.ts'
import { type ScoredSet, scoreFolder } from './score.ts'
import { calceBattery } from './sets/calce-battery.ts'
import { nasaBattery } from './sets/nasa-battery.ts'
import { phoneBattery } from './sets/phone-battery.ts'
import { summaryOf } from './summary.ts'
import { folderWith } from './testing/folder.ts'

const folder =
  process.env.FIELD_DATA_DIR ?? fileURLToPath(new URL('../../../shared/field-data', import.meta.url))
const isThere = existsSync(join(folder, 'phone_battery/readings.csv'))
if (!isThere)
  process.stderr.write(`\n*** NO FIELD DATA IN ${folder}: its score is skipped (FIELD_DATA_DIR) ***\n`)

describe.skipIf(!isThere)('the truth told by the source is that of the readings', () => {
  it.each([
    [phoneBattery, 'readings.csv'],
    [nasaBattery, 'capacity_per_discharge.csv'],
    [calceBattery, 'capacity_per_cycle.csv'],
  ])('$name', async (set: PrognosisSet, file) => {
    const source = join(folder, set.name)
    const alone = await folderWith({ [file]: readFileSync(join(source, file), 'utf8') })
    const ends = async (from: string) =>
      (await set.read(from)).flatMap(({ lives }) => lives.map(({ unit, event }) => [unit, event]))
    expect(await ends(alone)).toEqual(await ends(source))
  })
})

describe.skipIf(!isThere)('on lives of real parts', () => {
  let scored: readonly ScoredSet[] = []
  beforeAll(async () => {
    scored = (await scoreFolder({ data: folder, onProgress: () => undefined })).forecast
  }, 180_000)
  const named = (name: string): ScoredSet => {
    const set = scored.find((each) => each.set.name === name)
    if (set === undefined) throw new TypeError(`${folder} has no ${name}`)
    return set
  }
  const figures = (name: string, method: string): Figures | undefined =>
    summaryOf(named(name)).baselines.get(method)?.figures

  /** As published beside the data, where it is of the same units. */
  it('the simple methods are as good as they are said to be', () => {
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
    const { runs, set } = named('nasa_battery')
    const { recorded, asked } = groupBy(runs, (run) => run.recorded.unit).get('B0005')?.[0] ?? {}
    const said = asked?.find(({ at }) => at === discharge * set.time.ms)?.answers.linearWindow
    expect(said?.is === 'date' && (said.p50 - (recorded?.event ?? 0)) / set.time.ms).toBeCloseTo(off, 0)
  })

  it('phones are forecast better than by any simple method', () => {
    const { figures: ours, baselines } = summaryOf(named('phone_battery'))
    expect(ours.withheld).toBe(0)
    expect(ours.medianAbsError).toBeLessThan(80 * 86_400_000)
    expect(ours.within30).toBeGreaterThan(0.45)
    for (const { figures: theirs, both } of baselines.values()) {
      expect(both.ours).toBeLessThan(both.theirs ?? 0)
      expect(ours.within30).toBeGreaterThan(theirs.within30 ?? 1)
    }
  })

  it('filters are forecast to two seconds, and to four percent of their life', () => {
    expect(summaryOf(named('liquid_filter')).figures.meanAbsError).toBeLessThan(2_200)
    expect(summaryOf(named('air_filter')).figures.meanAbsErrorShareOfLife).toBeLessThan(0.04)
  })
})
