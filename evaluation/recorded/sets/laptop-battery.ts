import { join } from 'node:path'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { numberCell, readTable, timeCell } from '../csv.ts'
import { csvFilesIn } from '../folders.ts'
import { dayUnit, type PrognosisDataset, type RecordedLifetime } from '../prognosis-dataset.ts'
import { equallySpacedTimes } from './equally-spaced-times.ts'
import { pointsFromRows } from './points-from-rows.ts'

const day = dayUnit.ms
const limits = [90, 85]
const firstForecastAfter = 30 * day
const forecastEvery = 7 * day

/** Daily full-charge capacity of laptop batteries; each file is one laptop. */
export const laptopBattery: PrognosisDataset = {
  name: 'laptop_battery',
  title: 'A laptop’s battery, dates below 90 % and 85 %',
  time: dayUnit,
  isOnCalendar: true,
  baselines: { windowMs: 60 * day, sameCohort: [] },
  async read(folder) {
    const laptops = await Promise.all(
      (await csvFilesIn(folder)).map(async (file) => {
        const rows = await readTable(join(folder, file), ['date', 'health_pct'])
        return { unit: file.replace(/\.csv$/, ''), rows }
      }),
    )
    return limits.map((below) => {
      const limit = createLimit({ below })
      const lifetimes = laptops.map(({ unit, rows }): RecordedLifetime => {
        const points = pointsFromRows(rows, (row) => [timeCell(row, 'date'), numberCell(row, 'health_pct')])
        const event = firstCrossingAt(points, limit)
        const begin = points[0]?.[0] ?? 0
        const last = points.at(-1)?.[0] ?? begin
        return {
          unit,
          lifetime: { cohort: { kind: 'laptop' }, points },
          ...(event === undefined ? {} : { event }),
          forecastTimes: equallySpacedTimes(forecastEvery, {
            from: begin + firstForecastAfter,
            until: event ?? last,
          }),
        }
      })
      return { limit, lifetimes }
    })
  },
}
