import { join } from 'node:path'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { groupByColumn, numberCell, type Row, readOptionalTable, readTable } from '../csv.ts'
import type { PrognosisDataset } from '../prognosis-dataset.ts'
import { createFilterLifetime, secondUnit } from './filter-run.ts'
import { pointsFromRows } from './points-from-rows.ts'

const limit = createLimit({ above: 600 })

/** Air filters fed with test dust until they clog. */
export const airFilter: PrognosisDataset = {
  name: 'air_filter',
  title: 'Air filters fed with dust, seconds to 600 Pa',
  time: secondUnit,
  isOnCalendar: false,
  baselines: { windowMs: 30 * secondUnit.ms, smoothOver: 9, sameCohort: ['feedRate'] },
  async read(folder) {
    const rows = await readTable(join(folder, 'runs_1hz.csv'), ['run', 'time_s', 'dp_pa'])
    const runs = groupByColumn(await readOptionalTable(join(folder, 'runs.csv'), ['run']), 'run')
    const lifetimes = [...groupByColumn(rows, 'run')].map(([unit, run]) => {
      const attributes = runs.get(unit)?.[0] ?? {}
      const points = pointsFromRows(run, (row) => [at(numberCell(row, 'time_s')), numberCell(row, 'dp_pa')])
      const feedRate = numberCell(attributes, 'feed_rate')
      const cohort = {
        ...(feedRate === undefined ? {} : { feedRate }),
        ...(attributes.filter === undefined ? {} : { filter: attributes.filter }),
        ...(attributes.dust === undefined ? {} : { dust: attributes.dust }),
      }
      const event = labelled(run[0]) ?? at(numberCell(attributes, 'life_s')) ?? firstCrossingAt(points, limit)
      return createFilterLifetime({ unit, cohort, points, event, limit })
    })
    return [{ limit, lifetimes }]
  },
}

/** Return the end by the remaining life that the source states for the first row, ms. */
function labelled(first: Row = {}): number | undefined {
  const [time, left] = [numberCell(first, 'time_s'), numberCell(first, 'rul_s')]
  return time === undefined || left === undefined ? undefined : at(time + left)
}

const at = (second: number | undefined) =>
  second === undefined ? undefined : Math.round(second * secondUnit.ms)
