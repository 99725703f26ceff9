import { join } from 'node:path'
import { limitOf } from '../../../rules/detectors/limit.ts'
import { crossingOf } from '../baselines/passage.ts'
import { numberIn, readTable, timeIn } from '../csv.ts'
import { csvFilesIn } from '../folders.ts'
import { daysAsTime, type PrognosisSet, type RecordedLife } from '../recorded.ts'
import { every } from './moments.ts'
import { pointsIn } from './points-in.ts'

const day = daysAsTime.ms
const limits = [90, 85]
const firstAfter = 30 * day
const askedEvery = 7 * day

/** The full charge of a laptop's battery, daily; each file is one laptop. */
export const laptopBattery: PrognosisSet = {
  name: 'laptop_battery',
  title: 'A laptop’s battery, dates below 90 % and 85 %',
  time: daysAsTime,
  baselines: { windowMs: 60 * day, sameCohort: [] },
  async read(folder) {
    const laptops = await Promise.all(
      (await csvFilesIn(folder)).map(async (file) => {
        const rows = await readTable(join(folder, file), ['date', 'health_pct'])
        return { unit: file.replace(/\.csv$/, ''), rows }
      }),
    )
    return limits.map((below) => {
      const limit = limitOf({ below })
      const lives = laptops.map(({ unit, rows }): RecordedLife => {
        const points = pointsIn(rows, (row) => [timeIn(row, 'date'), numberIn(row, 'health_pct')])
        const event = crossingOf(points, limit)
        const begin = points[0]?.[0] ?? 0
        const last = points.at(-1)?.[0] ?? begin
        return {
          unit,
          life: { cohort: { kind: 'laptop' }, points },
          ...(event === undefined ? {} : { event }),
          moments: every(askedEvery, { from: begin + firstAfter, until: event ?? last }),
        }
      })
      return { limit, lives }
    })
  },
}
